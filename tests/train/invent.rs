//! Texts made up for training: every way of writing a secret down that the readers know, in many languages and
//! formats, with made-up secrets and with what stands there instead. The same seed gives the same texts.

use std::fmt::Write;
use std::path::Path;

/// A line of text with places for the name («k»), the user («u»), the host («h») and the value («v»), and the file it is from.
/// Lines marked `true` take a bare value and never one with blanks.
const LINES: &[(&str, &str, bool)] = &[
    (
        "src/Config.java",
        "    private static final String «k» = \"«v»\";",
        false,
    ),
    ("src/Main.java", "        config.set«k»(\"«v»\");", false),
    ("src/Main.java", "    @Value(\"${«k»:«v»}\")", true),
    (
        "src/Login.java",
        "        client.login(\"«u»\", \"«v»\");",
        false,
    ),
    (
        "src/Db.java",
        "        DriverManager.getConnection(\"jdbc:mysql://«h»/app?user=«u»&password=«v»\");",
        true,
    ),
    ("app/settings.py", "«k» = '«v»'", false),
    ("app/settings.py", "    '«k»': '«v»',", false),
    (
        "app/settings.py",
        "«k» = os.environ.get('«k»', '«v»')",
        false,
    ),
    (
        "app/settings.py",
        "«k» = os.getenv(\"«k»\") or \"«v»\"",
        false,
    ),
    (
        "app/client.py",
        "    conn = connect(host='«h»', user='«u»', password='«v»')",
        false,
    ),
    (
        "app/client.py",
        "def connect(host, user='«u»', password='«v»'):",
        false,
    ),
    (
        "app/client.py",
        "requests.get(url, auth=('«u»', '«v»'))",
        false,
    ),
    (
        "app/client.py",
        "headers = {'Authorization': 'Bearer «v»'}",
        true,
    ),
    ("lib/config.js", "  «k»: '«v»',", false),
    (
        "lib/config.js",
        "const «k» = process.env.«k» || '«v»';",
        false,
    ),
    ("lib/config.ts", "  private «k»: string = '«v»';", false),
    (
        "lib/api.ts",
        "  axios.defaults.headers['«k»'] = '«v»';",
        false,
    ),
    ("lib/config.json", "  \"«k»\": \"«v»\",", false),
    (
        "logs/requests.json",
        "{\"user\":\"«u»\",\"«k»\":\"«v»\",\"host\":\"«h»\"}",
        false,
    ),
    (
        "lib/config.js",
        "body: \"{\\\"user\\\":\\\"«u»\\\",\\\"«k»\\\":\\\"«v»\\\"}\",",
        false,
    ),
    (
        "lib/config.js",
        "var h = {\"«k»\":\"{\\\"name\\\":\\\"«u»\\\",\\\"sig\\\":\\\"«v»\\\"}\"};",
        true,
    ),
    ("deploy/values.yaml", "  «k»: «v»", true),
    ("deploy/values.yaml", "  «k»: \"«v»\"", false),
    ("deploy/docker-compose.yml", "      - «k»=«v»", true),
    (
        "deploy/pod.yaml",
        "        - name: «k»\n          value: \"«v»\"",
        false,
    ),
    ("deploy/.env", "«k»=«v»", true),
    ("deploy/app.properties", "spring.datasource.«k»=«v»", true),
    ("deploy/app.properties", "«k» = «v»", true),
    ("deploy/app.toml", "«k» = \"«v»\"", false),
    ("deploy/app.ini", "«k»=«v»", true),
    ("deploy/main.tf", "  «k» = \"«v»\"", false),
    ("deploy/Dockerfile", "ENV «k» «v»", true),
    ("deploy/Dockerfile", "ENV «k»=«v»", true),
    ("deploy/app.xml", "    <«k»>«v»</«k»>", true),
    (
        "deploy/app.xml",
        "    <add key=\"«k»\" value=\"«v»\" />",
        false,
    ),
    (
        "deploy/app.xml",
        "    <property name=\"«k»\" value=\"«v»\"/>",
        false,
    ),
    (
        "deploy/web.config",
        "connectionString=\"Server=«h»;Database=app;User Id=«u»;Password=«v»;\"",
        true,
    ),
    (
        "deploy/web.config",
        "connectionString=\"Driver={ODBC};Server=«h»;Uid=«u»;Pwd=«v»;\"",
        true,
    ),
    (
        "deploy/pg.conf",
        "primary_conninfo = 'host=«h» user=«u» password=«v»'",
        true,
    ),
    ("deploy/redis.conf", "requirepass «v»", true),
    ("deploy/.netrc", "machine «h» login «u» password «v»", true),
    (
        "deploy/broker.conf",
        "  authorization { user: «u», password: «v» }",
        true,
    ),
    ("scripts/run.sh", "export «k»=«v»", true),
    ("scripts/run.sh", "export «k»=\"«v»\"", false),
    ("scripts/run.sh", "mysql -h «h» -u «u» -p«v» app", true),
    ("scripts/run.sh", "sshpass -p '«v»' ssh «u»@«h»", false),
    ("scripts/run.sh", "curl -u «u»:«v» https://«h»/api", true),
    ("scripts/run.sh", "docker run -d -e «k»=«v» app", true),
    ("scripts/run.sh", "tool --user «u» --password «v»", true),
    ("scripts/run.sh", "tool --token=«v» push", true),
    (
        "scripts/run.sh",
        "openssl rsa -in a.key -passin pass:«v»",
        true,
    ),
    (
        "scripts/run.sh",
        "curl -«h» \"Authorization: Bearer «v»\" https://«h»/",
        true,
    ),
    (
        "scripts/run.ps1",
        "$«k» = ConvertTo-SecureString \"«v»\" -AsPlainText -Force",
        false,
    ),
    ("scripts/run.bat", "set «k»=«v»", true),
    ("scripts/run.bat", "net user «u» «v» /add", true),
    (
        "db/setup.sql",
        "CREATE USER '«u»'@'%' IDENTIFIED BY '«v»';",
        false,
    ),
    (
        "db/setup.sql",
        "CREATE ROLE «u» WITH LOGIN PASSWORD '«v»';",
        false,
    ),
    ("src/main.go", "\t«k» := \"«v»\"", false),
    ("src/main.go", "\t«k»: \"«v»\",", false),
    ("src/main.go", "\tc.Set«k»(\"«v»\")", false),
    (
        "src/main_test.go",
        "\tnc, err := Connect(fmt.Sprintf(\"nats://«u»:«v»@%s:%d\", o.Host, o.Port))",
        true,
    ),
    ("src/main.rs", "    let «k» = \"«v»\".to_string();", false),
    ("src/main.rs", "    «k»: Some(\"«v»\"),", false),
    ("src/App.scala", "    «k» = Some(\"«v»\"),", false),
    ("src/App.kt", "    val «k»: String = \"«v»\"", false),
    (
        "src/App.cs",
        "        public string «k» { get; set; } = \"«v»\";",
        false,
    ),
    (
        "src/App.cs",
        "        [Credential(\"«u»\", \"«v»\")]",
        false,
    ),
    ("src/App.m", "    NSString *«k» = @\"«v»\";", false),
    ("src/App.swift", "    let «k» = \"«v»\"", false),
    ("src/app.rb", "  :«k» => '«v»',", false),
    ("src/app.rb", "  config.«k» = '«v»'", false),
    ("src/app.php", "    '«k»' => '«v»',", false),
    ("src/app.php", "define('«k»', '«v»');", false),
    ("src/app.pl", "my $«k» = '«v»';", false),
    ("src/app.lua", "local «k» = \"«v»\"", false),
    ("src/app.R", "«k» <- \"«v»\"", false),
    ("src/app.c", "static const char *«k» = \"«v»\";", false),
    ("src/app.c", "#define «k» \"«v»\"", false),
    ("build.gradle", "    «k» '«v»'", false),
    ("build.gradle", "        password = \"«v»\"", false),
    ("README.md", "The «k» is «v»", true),
    ("README.md", "Log in with user `«u»` and «k» `«v»`.", false),
    ("README.md", "| «k» | «v» |", true),
    ("notes.txt", "«k»: «v»", true),
    ("notes.txt", "密码：«v»", true),
    ("notes.txt", "пароль: «v»", true),
    ("notes.txt", "mot de passe : «v»", true),
    ("notes.txt", "Passwort ist «v»", true),
    ("notes.txt", "contraseña: «v»", true),
    (
        "app.log",
        "2021-03-04 10:11:12 INFO connecting as «u» with «k»=«v» to «h»",
        true,
    ),
    (
        "app.log",
        "DEBUG request {\"«k»\": \"«v»\", \"id\": 7}",
        false,
    ),
    ("deploy/app.yml", "  uri: postgres://«u»:«v»@«h»/app", true),
    ("deploy/app.yml", "  url: amqp://«u»:«v»@${HOST}:5672", true),
    (
        "src/db.py",
        "engine = create_engine('mysql+pymysql://«u»:«v»@«h»/app')",
        true,
    ),
    (
        "src/db.js",
        "mongoose.connect('mongodb://«u»:«v»@«h»:27017/app');",
        true,
    ),
    (
        "docs/use.md",
        "    https://«h»/v1/items?«k»=«v»&page=2",
        true,
    ),
    ("tests/fixtures/call.yml", "    - Bearer «v»", true),
    (
        "tests/fixtures/call.yml",
        "      string: '{\"response\":{\"id\":490215852,\"name\":\"Nikola\",\"option_codes\":\"MS01,RENA,TM00,DRLH,PF00,BTX4,X001,X003,X007,X011\",\"color\":null,\"tokens\":[\"«v»\",\"91a139ce322eed6\"],\"state\":\"online\"}}'",
        true,
    ),
    (
        "tests/fixtures/call.yml",
        "      string: '{\"«k»\":\"«v»\",\"token_type\":\"bearer\",\"expires_in\":7776000,\"created_at\":1480373937,\"scope\":\"repo,user,gist,notifications\"}'",
        true,
    ),
    (
        "tests/data/reply.txt",
        "[('server', 'nginx'), ('etag', '\"2f4a\"')] {\"id\":372259,\"app\":{\"name\":\"API\"},\"url\":\"https://«h»/authorizations/372259\",\"«k»\":\"«v»\",\"note\":null,\"created_at\":\"2012-05-22T18:03:17Z\"}",
        true,
    ),
    (
        "tests/data/reply.txt",
        "GET https://«h»/builds/17?«k»=«v»&expires=431999&signed=host&page=2 HTTP/1.1",
        true,
    ),
    (
        "src/route_test.go",
        "    url := fmt.Sprintf(\"nats-route://«u»:«v»@%s:%d\", opts.Host, opts.Port)",
        true,
    ),
    (
        "conf/cluster.conf",
        "    nats-route://«u»:«v»@127.0.0.1:7244",
        true,
    ),
    (
        "conf/cluster.conf",
        "  users = [ {user: «u», password: «v»} ]",
        true,
    ),
    (
        ".github/workflows/ci.yml",
        "      TEST_PG_URL: postgres://«u»:«v»@localhost:5432/test",
        true,
    ),
    (
        ".github/workflows/ci.yml",
        "          POSTGRES_PASSWORD: «v»",
        true,
    ),
    (
        "db/seed.sql",
        "INSERT INTO users (name, «k», age) VALUES ('«u»', '«v»', 3);",
        false,
    ),
    (
        "db/seed.sql",
        "INSERT INTO `users` (`id`, `«k»`) VALUES (1, '«v»');",
        false,
    ),
    ("data/users.csv", "user,«k»,role\n«u»,«v»,admin\n", true),
    (
        "README.md",
        "\n| user | «k» |\n|------|------|\n| «u» | «v» |\n",
        true,
    ),
    (
        "keys/sign.json",
        "  \"key\": {\"kty\":\"oct\",\"kid\":\"1\",\"k\":\"«v»\"},",
        true,
    ),
    (
        "keys/sign.json",
        "  {\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\",\"d\":\"«v»\"}",
        true,
    ),
    (
        "deploy/main.tf",
        "variable \"«k»\" {\n  default = \"«v»\"\n}",
        false,
    ),
    (
        "ios/Info.plist",
        "    <key>«k»</key>\n    <string>«v»</string>",
        true,
    ),
    (
        "App.xcworkspace/xcshareddata/App.xcscmblueprint",
        "  \"«k»\" : \"«v»\",",
        true,
    ),
    (
        "README.md",
        "[Join](https://qm.example/cgi-bin/qr?_wv=1027&«k»=«v»&noverify=0)",
        true,
    ),
    (
        "test/oauth_test.py",
        "    'Authorization': 'OAuth realm=\"x\", «k»=\"«v»\", oauth_version=\"1.0\"',",
        true,
    ),
    (
        "test/pages/login.html",
        "      <input type=\"hidden\" name=\"«k»\" value=\"«v»\" />",
        true,
    ),
    (
        "scripts/run.ps1",
        "ConvertTo-SecureString -String \"«v»\" -AsPlainText -Force",
        false,
    ),
    (
        "scripts/run.ps1",
        "$p = '«v»' | ConvertTo-SecureString -AsPlainText -Force",
        false,
    ),
    (
        "src/Db.java",
        "        DriverManager.getConnection(url, \"«u»\", \"«v»\");",
        false,
    ),
    (
        "src/Db.java",
        "        assertEquals(account.«k», \"«v»\");",
        false,
    ),
    (
        "src/app.php",
        "$db = new PDO('mysql:host=«h»;dbname=d', '«u»', '«v»');",
        false,
    ),
    (
        "src/main.go",
        "\tdb, err := sql.Open(\"mysql\", \"«u»:«v»@tcp(«h»)/app\")",
        true,
    ),
    (
        "scripts/run.sh",
        "expect \"password:\"\nsend \"«v»\\r\"",
        true,
    ),
    ("scripts/run.sh", "echo '«u»:«v»' | chpasswd", true),
    ("deploy/values.yaml", "  «k»: |\n    «v»", true),
    ("deploy/slapd.conf", "rootpw «v»", true),
    (
        "spec/login_spec.rb",
        "    fill_in 'Password', with: '«v»'",
        false,
    ),
    ("src/app.rb", "request.basic_auth '«u»', '«v»'", false),
    ("src/a.cpp", "std::string «k»{\"«v»\"};", false),
    ("sys.config", "    {«k», \"«v»\"},", false),
    ("src/main.go", "\treq.SetBasicAuth(\"«u»\", \"«v»\")", false),
    (
        "src/Main.java",
        "        env.put(Context.SECURITY_CREDENTIALS, \"«v»\");",
        false,
    ),
    (
        "src/Main.java",
        "        credentials.setCredentials(scope, new UsernamePasswordCredentials(\"«u»\", \"«v»\"));",
        false,
    ),
    ("notes.txt", "hasło: «v»", true),
    ("notes.txt", "heslo: «v»", true),
    ("notes.txt", "şifre: «v»", true),
    ("notes.txt", "비밀번호: «v»", true),
    ("notes.txt", "wachtwoord: «v»", true),
    ("notes.txt", "senha: «v»", true),
    ("notes.txt", "lösenord: «v»", true),
    ("notes.txt", "パスワード：«v»", true),
    ("notes.txt", "口令：«v»", true),
    ("notes.txt", "密码：«v»", true),
    (
        "src/App.java",
        "        new UsernamePasswordToken(\"«u»\", \"«v»\");",
        false,
    ),
    (
        "src/App.java",
        "        user.setPassword(encoder.encode(\"«v»\"));",
        false,
    ),
    (
        "src/App.cs",
        "        Assert.Equal(\"«v»\", user.Password);",
        false,
    ),
    (
        "src/main.go",
        "\tu.User = url.UserPassword(\"«u»\", \"«v»\")",
        false,
    ),
    (
        "src/main.go",
        "\tauth := smtp.PlainAuth(\"\", \"«u»\", \"«v»\", \"«h»\")",
        false,
    ),
    (
        "src/main.rs",
        "    let p = SecretString::new(\"«v»\".into());",
        false,
    ),
    (
        "src/main.rs",
        "    client.get(u).basic_auth(\"«u»\", Some(\"«v»\"))",
        false,
    ),
    ("src/app.php", "ldap_bind($c, 'cn=admin', '«v»');", false),
    (
        "src/app.php",
        "curl_setopt($c, CURLOPT_USERPWD, \"«u»:«v»\");",
        true,
    ),
    ("scripts/run.sh", "PASS=\"${1:-«v»}\"", true),
    ("scripts/run.sh", "tool push -u «u» -p «v»", true),
    ("scripts/run.sh", "tool -h «h» -U «u» -P «v»", true),
    ("scripts/run.sh", "skopeo inspect --creds «u»:«v» a", true),
    ("scripts/run.sh", "smbclient //srv/share -U «u»%«v»", true),
    ("scripts/run.sh", "echo «v» | passwd --stdin «u»", true),
    (
        "scripts/run.sh",
        "rabbitmqctl change_password «u» «v»",
        true,
    ),
    ("scripts/run.sh", "mysqladmin -u «u» password «v»", true),
    (
        "scripts/run.sh",
        "npm config set //«h»/:_authToken «v»",
        true,
    ),
    ("scripts/run.sh", "tool config set «k» «v»", true),
    ("deploy/values.yaml", "- {name: «k», value: «v»}", true),
    ("deploy/values.yaml", "args:\n  - --password\n  - «v»", true),
    ("lib/config.json", "  \"«k»\": {\"value\": \"«v»\"},", false),
    (
        "lib/config.json",
        "  {\"value\": \"«v»\", \"name\": \"«k»\"},",
        false,
    ),
    (
        "deploy/app.xml",
        "    <setting name=\"«k»\" serializeAs=\"String\"><value>«v»</value></setting>",
        true,
    ),
    (
        "deploy/router.cfg",
        "username «u» privilege 15 password 0 «v»",
        true,
    ),
    (
        "deploy/preseed.cfg",
        "d-i passwd/root-password password «v»",
        true,
    ),
    ("deploy/wpa.conf", "  psk=\"«v»\"", false),
    (
        "deploy/nginx.conf",
        "proxy_set_header X-Api-Key \"«v»\";",
        true,
    ),
    ("calls/a.http", "Authorization: ApiKey «v»", true),
    ("calls/a.json", "[\"authorization\", \"Bearer «v»\"]", true),
    ("README.md", "* **Password:** «v»", true),
    ("README.md", "<b>Password:</b> «v»", true),
    ("README.md", "password (temporary): «v»", true),
    ("notes.txt", "«k» - «v»", true),
    ("notes.txt", "le mot de passe est «v»", true),
    ("notes.txt", "la contraseña es «v»", true),
    ("notes.txt", "a senha é «v»", true),
    ("notes.txt", "hasło to «v»", true),
    ("notes.txt", "mật khẩu: «v»", true),
    ("notes.txt", "adgangskode: «v»", true),
    ("App.vb", "Dim «k» As String = \"«v»\"", false),
];

const NAMES: &[&str] = &[
    "password",
    "PASSWORD",
    "Password",
    "passwd",
    "db_password",
    "DB_PASSWORD",
    "dbPassword",
    "adminPassword",
    "rootPass",
    "MYSQL_ROOT_PASSWORD",
    "pwd",
    "passphrase",
    "keystorePassword",
    "smtp_pass",
    "secret",
    "client_secret",
    "CLIENT_SECRET",
    "clientSecret",
    "appSecret",
    "SECRET_KEY",
    "secretKey",
    "jwtSecret",
    "session_secret",
    "token",
    "access_token",
    "accessToken",
    "ACCESS_TOKEN",
    "auth_token",
    "authToken",
    "apiToken",
    "Apitoken",
    "refresh_token",
    "bot_token",
    "api_key",
    "apiKey",
    "API_KEY",
    "apikey",
    "x-api-key",
    "encryption_key",
    "signingKey",
    "consumer_secret",
    "private_key",
    "access_key",
    "credential",
    "sudo_password",
    "proxy_password",
    "licenseKey",
    "webhook_secret",
];

/// Names whose drawn value is no secret: wrapped, public, an id, a fingerprint, or of use only once.
const HARMLESS: &[&str] = &[
    "encrypted_key",
    "encryptedKey",
    "wrapped_key",
    "hashed_token",
    "token_hash",
    "key_id",
    "keyId",
    "signing_key_id",
    "token_id",
    "RepositoryIdentifierKey",
    "ProjectBlueprintPrimaryRemoteRepositoryKey",
    "csrf_token",
    "csrfToken",
    "X-CSRF-Token",
    "_csrf_token",
    "authenticity_token",
    "RequestVerificationToken",
    "oauth_nonce",
    "oauth_signature",
    "authTag",
    "public_key",
    "publicKey",
    "PublicKeyToken",
    "publicKeyToken",
    "recaptcha_site_key",
    "cacheKey",
    "cache_key",
    "idempotency_key",
    "Idempotency-Key",
    "partition_key",
    "key_fingerprint",
    "keyFingerprint",
    "keygrip",
    "sortKey",
    "objectKey",
    "groupKey",
    "websocket_accept_key",
    "code_challenge_key",
    "page_token",
    "nextPageToken",
    "next_token",
    "continuationToken",
];

const USERS: &[&str] = &[
    "admin",
    "root",
    "alice",
    "app",
    "svc_backup",
    "postgres",
    "deploy",
    "bob",
];
const HOSTS: &[&str] = &[
    "localhost",
    "127.0.0.1",
    "db.internal",
    "10.0.3.7",
    "db:5432",
    "prod-sql.corp.local",
];
const WORDS: &[&str] = &[
    "banana", "tiger", "winter", "rocket", "silver", "dragon", "monkey", "orange", "coffee",
    "summer", "falcon", "purple", "ninja", "pirate", "cookie", "shadow", "forest", "river",
    "castle", "thunder", "penguin", "mountain", "sekret", "geheim", "london", "berlin", "chelsea",
    "freedom", "magic", "hammer", "cactus", "pickle", "tomato", "velvet", "wizard", "zebra",
    "guitar", "jupiter", "kraken", "lemon", "maple", "nectar", "ocean", "pepper",
];

/// What stands where a secret could: nothing of it is one.
const OTHERS: &[&str] = &[
    "<YOUR_«k»>",
    "your_password",
    "YOUR_API_KEY",
    "your-token-here",
    "xxxxxxxxxxxx",
    "********",
    "${«k»}",
    "{{ «k» }}",
    "%s",
    "%(«k»)s",
    "$«k»",
    "<%= «k» %>",
    "#{«k»}",
    "<redacted>",
    "[FILTERED]",
    "changeme",
    "CHANGE_ME",
    "string",
    "text",
    "required|min:8",
    "Password",
    "Enter your password",
    "Wrong password",
    "Forgot your password?",
    "Passwort",
    "Mot de passe",
    "Wachtwoord",
    "password_field",
    "user.password",
    "getPassword",
    "test",
    "secret",
    "token",
    "pass",
    "foo",
    "bar",
    "example",
    "my_secret",
    "application/json",
    "/run/secrets/db",
    "./keys/private.pem",
    "https://example.com/oauth/token",
    "com.example.security.TokenProvider",
    "org.acme.PasswordEncoder",
    "access_token",
    "refresh_token",
    "bearer",
    "client_credentials",
    "password_reset",
    "is required",
    "Invalid token",
    "must be at least 8 characters",
    "header",
    "cookie",
    "Authorization",
    "X-Auth-Token",
    "user_password",
    "self.password",
    "config.secret",
    "req.body.password",
    "null",
    "true",
    "process.env.TOKEN",
    "vault:secret/data/app#pw",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:app",
    "e3b0c44298fc1c14",
    "HS256",
    "sha256",
    "primary",
    "default",
    "none",
    "The password to use",
    "12",
    "3600",
    "...",
    "<password>",
    "insert-token-here",
    "dummy",
    "fake-token",
    "not-a-real-secret",
    "EXAMPLE_KEY",
    "TODO",
    "replace_me",
    "AES/CBC/PKCS5Padding",
    "utf-8",
    "latin1",
    "ISO-8859-1",
    "1.0.3",
    "2.11.0-rc1",
    "jar:1.4.2",
    "0x9e3779b9",
    "9876543210L",
    "7B:0C:19:AE:55:04:F2:3C:D8:60",
    "[A-Za-z0-9]{32}",
    "a-f0-9A-F",
    "com.acme.ide.SourceControl.Git",
    "RSA-OAEP-256",
    "A256GCM",
    // Hashes of passwords are not passwords.
    "$2b$12$NrWehkSfzcj1ZgCj0fnAfWeAdpJZqnLvlwTkgfy90M54SKDvDiK9P",
    "$2a$10$3IhnZtPr8ZdhMPQ94gjG6gfL3IVQa5Rtm9fzIoDWW9it3XHp1HZRU",
    "pbkdf2:sha256:50000$9ojfljoQ$70f58904dba41ecccc3fc1626e53a13043b026c48bbf33feff9243a8f506b409",
    "pbkdf2_sha256$260000$P3fS2qHx6kwX$AOAwCXBx9RbbH6FwQ3QSiAlB6xPy7.7QinVx7u1OjW5=",
    "{SSHA}Xistobr5q6Qroa/lp1wzbEzJCNFZofR4",
    "$6$Zora2v.r$uq6nfN7lfDwHdk3bg2NxH37DFx3pZnW2MhC0hzKnrSqEp5AkW8sAs1XPZxRMjSaP42aVOJgmBliFGdvGo0FXr9",
    "$1$NjHfv0hG$ajFiAgFn4/PZGodCmsFevx",
    "$apr1$LLyJ3uGQ$aEc/aw6D3l19WLzBPxpXQe",
];

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }

    fn drawn(&mut self, alphabet: &str, length: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..length)
            .map(|_| letters[self.below(letters.len())])
            .collect()
    }
}

const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Something a machine drew.
fn drawn(dice: &mut Dice) -> String {
    if dice.below(4) > 0 {
        return secret_of(dice, 6);
    }
    let mut part = |n| dice.drawn("0123456789abcdef", n);
    [part(8), part(4), part(4), part(4), part(12)].join("-")
}

/// A secret as machines draw them, or as people choose them.
fn secret(dice: &mut Dice) -> String {
    secret_of(dice, 12)
}

/// One of the first so many sorts; people choose from the sixth on.
fn secret_of(dice: &mut Dice, sorts: usize) -> String {
    let marks = "!#%&*+-.?@_";
    match dice.below(sorts) {
        0 => {
            let n = [16, 20, 32, 40, 64][dice.below(5)];
            dice.drawn("0123456789abcdef", n)
        }
        1 => {
            let n = 16 + dice.below(32);
            dice.drawn(ALNUM, n)
        }
        2 => {
            let n = 4 * (5 + dice.below(11)) - 1;
            dice.drawn(&format!("{ALNUM}+/"), n) + "="
        }
        3 => {
            let n = 20 + dice.below(24);
            dice.drawn(&format!("{ALNUM}_-"), n)
        }
        4 => {
            let n = 8 + dice.below(8);
            dice.drawn(&format!("{ALNUM}{marks}"), n)
        }
        5 => {
            let n = 24 + dice.below(8);
            dice.drawn("abcdefghijklmnopqrstuvwxyz0123456789", n)
        }
        6 => format!("{}{}", dice.pick(WORDS), dice.below(10_000)),
        7 => format!("{}{}", dice.pick(WORDS), dice.pick(WORDS)),
        8 => {
            let w = dice.pick(WORDS);
            format!(
                "{}{}{}{}",
                w[..1].to_uppercase(),
                &w[1..],
                dice.pick(&["!", "@", "#", "_", "."]),
                1980 + dice.below(60)
            )
        }
        9 => {
            dice.pick(WORDS)
                .replace('o', "0")
                .replace('e', "3")
                .replace('a', "@")
                + dice.pick(&["1", "!", "99", "123"])
        }
        10 => format!(
            "{}-{}-{}",
            dice.pick(WORDS),
            dice.pick(WORDS),
            dice.below(100)
        ),
        _ => format!(
            "{}{}",
            dice.pick(WORDS),
            dice.pick(&["123", "1", "pw", "pass", "_pass", "12345"])
        ),
    }
}

/// Writes `files` texts of 12 lines and `labels.tsv` below `dir`.
pub(crate) fn write(dir: &Path, files: usize) -> Result<(), String> {
    let mut dice = Dice(2026);
    let mut labels = String::new();
    for n in 0..files {
        let (shown, ..) = LINES[dice.below(LINES.len())];
        let ending = shown.rsplit('.').next().unwrap_or_default();
        let same: Vec<_> = LINES
            .iter()
            .filter(|(p, ..)| p.rsplit('.').next() == Some(ending))
            .collect();
        let file = dir.join(format!("{n}.txt"));
        let mut text = String::new();
        for _ in 0..12 {
            let (_, line, bare) = same[dice.below(same.len())];
            let truth = dice.below(2) == 0;
            // Where no name stands, the value alone says what it is.
            let harmless = !truth && line.contains("«k»") && dice.below(4) == 0;
            let name = dice.pick(if harmless { HARMLESS } else { NAMES });
            let value = if truth {
                secret(&mut dice)
            } else if harmless {
                drawn(&mut dice)
            } else {
                dice.pick(OTHERS).replace("«k»", name)
            };
            let value = if *bare {
                value.replace(' ', "_")
            } else {
                value
            };
            let line = line
                .replace("«k»", name)
                .replace("«u»", dice.pick(USERS))
                .replace("«h»", dice.pick(HOSTS));
            let at = text.len() + line.find("«v»").unwrap_or(0);
            text.push_str(&line.replace("«v»", &value));
            text.push('\n');
            let mark = if truth { 'T' } else { 'F' };
            let _ = writeln!(
                labels,
                "gen-{}\t{}\t{shown}\t{at}\t{}\t{mark}\tgenerated",
                n % 8,
                file.display(),
                at + value.len()
            );
        }
        std::fs::write(&file, text).map_err(|e| e.to_string())?;
    }
    std::fs::write(dir.join("labels.tsv"), labels).map_err(|e| e.to_string())
}
