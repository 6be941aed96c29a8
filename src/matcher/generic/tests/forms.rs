//! Every way of writing a secret down: language or format, path, text. `{v}` stands for a made-up password, `{t}`
//! for a made-up token, `{o}` for a made-up secret of one-time passwords; or the value stands between « and ».

const PASSWORD: &str = "Wint3r!Kraken";
const TOKEN: &str = "q7Zr2Lm9Xc4Vb8NkT3wYp6Hd";
const ONE_TIME: &str = "JBSWY3DPK5XXE3DEHBQXG4TF";

/// The text of a form, and the value that must be found in it.
pub(super) fn text(form: &str) -> (String, String) {
    let samples = [("{v}", PASSWORD), ("{t}", TOKEN), ("{o}", ONE_TIME)];
    let line = samples
        .iter()
        .fold(form.to_string(), |line, (mark, value)| {
            line.replace(mark, value)
        });
    let marked = line.find('«').zip(line.find('»'));
    let value = match marked {
        Some((from, to)) => line[from + '«'.len_utf8()..to].to_string(),
        None => samples
            .iter()
            .find(|(mark, _)| form.contains(mark))
            .map_or_else(String::new, |(_, value)| value.to_string()),
    };
    (format!("x\n{}\nz\n", line.replace(['«', '»'], "")), value)
}

pub(super) const FORMS: &[(&str, &str, &str)] = &[
    // Data formats.
    ("JSON", "a/config.json", "  \"password\": \"{v}\","),
    (
        "one-line JSON",
        "a/reply.json",
        "{\"user\":\"bob\",\"password\":\"{v}\",\"id\":7}",
    ),
    (
        "escaped JSON in a string",
        "src/a.js",
        "body: \"{\\\"user\\\":\\\"bob\\\",\\\"password\\\":\\\"{v}\\\"}\",",
    ),
    (
        "twice escaped JSON",
        "src/a.json",
        "\"body\": \"{\\\\\\\"password\\\\\\\":\\\\\\\"{v}\\\\\\\"}\"",
    ),
    (
        "JSON in single quotes",
        "src/a.sh",
        "curl -d '{\"password\":\"{v}\"}' https://h/login",
    ),
    ("YAML", "a/app.yml", "db_password: {v}"),
    ("YAML, quoted", "a/app.yml", "  db_password: \"{v}\""),
    (
        "YAML flow map",
        "a/app.yml",
        "  users: [{user: bob, password: \"{v}\"}]",
    ),
    ("YAML block scalar", "a/app.yml", "password: |\n  {v}\n"),
    (
        "Kubernetes environment",
        "a/pod.yaml",
        "- name: DB_PASSWORD\n  value: \"{v}\"",
    ),
    (
        "Kubernetes stringData",
        "a/secret.yaml",
        "stringData:\n  password: {v}",
    ),
    (
        "Helm values",
        "chart/values.yaml",
        "postgresql:\n  auth:\n    postgresPassword: {v}",
    ),
    (
        "Helm --set",
        "run.sh",
        "helm install db chart --set auth.rootPassword={v},replicas=2",
    ),
    (
        "Ansible variable",
        "group_vars/all.yml",
        "ansible_become_pass: {v}",
    ),
    (
        "Ansible inventory",
        "hosts.ini",
        "web1 ansible_host=10.0.0.4 ansible_user=bob ansible_ssh_pass={v}",
    ),
    (
        "Ansible one-line task",
        "site.yml",
        "  mysql_user: name=bob password={v} state=present",
    ),
    ("TOML", "a/app.toml", "password = \"{v}\""),
    (
        "TOML inline table",
        "a/app.toml",
        "db = { user = \"bob\", password = \"{v}\" }",
    ),
    ("INI", "a/app.ini", "password={v}"),
    ("INI with blanks", "a/app.ini", "password = {v}"),
    (
        "properties",
        "a/app.properties",
        "spring.datasource.password={v}",
    ),
    (
        "properties with a colon",
        "a/app.properties",
        "spring.datasource.password: {v}",
    ),
    (".env", ".env", "DB_PASSWORD={v}"),
    (".env, quoted", ".env", "export DB_PASSWORD='{v}'"),
    ("HCL", "main.tf", "  master_password = \"{v}\""),
    (
        "HCL default",
        "variables.tf",
        "variable \"db_password\" {\n  default = \"{v}\"\n}",
    ),
    (
        "HCL default after a type",
        "variables.tf",
        "variable \"db_password\" {\n  type = string\n  default = \"{v}\"\n}",
    ),
    ("XML element", "a/app.xml", "<password>{v}</password>"),
    (
        "XML element with attributes",
        "a/app.xml",
        "<password encrypted=\"false\">{v}</password>",
    ),
    (
        "XML element in CDATA",
        "a/app.xml",
        "<password><![CDATA[{v}]]></password>",
    ),
    (
        "XML element with a prefix",
        "a/soap.xml",
        "<wsse:Password Type=\"PasswordText\">{v}</wsse:Password>",
    ),
    (
        "XML attribute",
        "a/app.xml",
        "<user name=\"bob\" password=\"{v}\"/>",
    ),
    (
        "XML key and value",
        "a/app.config",
        "<add key=\"DbPassword\" value=\"{v}\"/>",
    ),
    (
        "XML value and key",
        "a/app.config",
        "<add value=\"{v}\" key=\"DbPassword\"/>",
    ),
    (
        "XML property",
        "a/beans.xml",
        "<property name=\"password\" value=\"{v}\"/>",
    ),
    (
        "XML entry",
        "a/app.xml",
        "<entry key=\"password\">{v}</entry>",
    ),
    (
        "Maven settings",
        "settings.xml",
        "<server>\n  <id>x</id>\n  <username>bob</username>\n  <password>{v}</password>\n</server>",
    ),
    (
        "property list",
        "a/Info.plist",
        "<key>Password</key>\n<string>{v}</string>",
    ),
    ("netrc", ".netrc", "machine db.corp login bob password {v}"),
    ("redis.conf", "redis.conf", "requirepass {v}"),
    (
        "CSV with a header",
        "users.csv",
        "user,password,role\nbob,{v},admin\n",
    ),
    ("Markdown table", "README.md", "| password | `{v}` |"),
    (
        "Markdown table with a header",
        "README.md",
        "| user | password |\n|------|------|\n| bob | {v} |\n",
    ),
    // Languages.
    ("Dockerfile", "Dockerfile", "ENV DB_PASSWORD {v}"),
    (
        "Dockerfile, with =",
        "Dockerfile",
        "ENV DB_USER=bob DB_PASSWORD={v}",
    ),
    ("Dockerfile ARG", "Dockerfile", "ARG DB_PASSWORD={v}"),
    (
        "compose list",
        "docker-compose.yml",
        "      - DB_PASSWORD={v}",
    ),
    ("shell", "run.sh", "export PGPASSWORD={v}"),
    (
        "shell before a command",
        "run.sh",
        "PGPASSWORD={v} psql -h db",
    ),
    ("shell default", "run.sh", "DB_PASSWORD=${DB_PASSWORD:-{v}}"),
    ("shell read", "run.sh", "echo 'bob:{v}' | chpasswd"),
    ("Makefile", "Makefile", "DB_PASSWORD := {v}"),
    ("Makefile, ?=", "Makefile", "DB_PASSWORD ?= {v}"),
    ("Gradle", "build.gradle", "    storePassword '{v}'"),
    ("Gradle, =", "build.gradle", "    password = \"{v}\""),
    (
        "Gradle properties",
        "gradle.properties",
        "signing.password={v}",
    ),
    (
        "Gradle Kotlin",
        "build.gradle.kts",
        "    password.set(\"{v}\")",
    ),
    (
        "Groovy map",
        "a/x.groovy",
        "def db = [user: 'bob', password: '{v}']",
    ),
    ("Scala", "A.scala", "val password: String = \"{v}\""),
    ("Scala, Some", "A.scala", "  password = Some(\"{v}\"),"),
    ("Kotlin", "A.kt", "private const val PASSWORD = \"{v}\""),
    ("Swift", "A.swift", "let password: String? = \"{v}\""),
    ("Objective-C", "A.m", "NSString *password = @\"{v}\";"),
    ("Objective-C property", "A.m", "self.password = @\"{v}\";"),
    (
        "Objective-C message",
        "A.m",
        "[client setPassword:@\"{v}\"];",
    ),
    (
        "Objective-C dictionary",
        "A.m",
        "NSDictionary *d = @{@\"password\": @\"{v}\"};",
    ),
    (
        "Objective-C define",
        "A.h",
        "#define kClientSecret @\"{t}\"",
    ),
    (
        "Java field",
        "A.java",
        "    private static final String PASSWORD = \"{v}\";",
    ),
    (
        "Java setter",
        "A.java",
        "        config.setPassword(\"{v}\");",
    ),
    ("Java builder", "A.java", "        .password(\"{v}\")"),
    (
        "Java annotation",
        "A.java",
        "    @Value(\"${db.password:{v}}\")",
    ),
    (
        "Java annotation member",
        "A.java",
        "@DataSource(user = \"bob\", password = \"{v}\")",
    ),
    (
        "Java property",
        "A.java",
        "        props.put(\"password\", \"{v}\");",
    ),
    (
        "Java constant as the name",
        "A.java",
        "        env.put(Context.SECURITY_CREDENTIALS, \"{v}\");",
    ),
    (
        "Java connection",
        "A.java",
        "DriverManager.getConnection(url, \"bob\", \"{v}\");",
    ),
    (
        "Java characters",
        "A.java",
        "char[] password = \"{v}\".toCharArray();",
    ),
    (
        "Java comparison",
        "A.java",
        "if (password.equals(\"{v}\")) {",
    ),
    (
        "Java comparison, turned",
        "A.java",
        "if (\"{v}\".equals(password)) {",
    ),
    (
        "Java argument array",
        "A.java",
        "String[] args = {\"--password\", \"{v}\"};",
    ),
    (
        "C# property",
        "A.cs",
        "public string Password { get; set; } = \"{v}\";",
    ),
    ("C# attribute", "A.cs", "[Credential(Password = \"{v}\")]"),
    (
        "C# credential",
        "A.cs",
        "var c = new NetworkCredential(\"bob\", \"{v}\");",
    ),
    ("C# verbatim", "A.cs", "var password = @\"{v}\";"),
    ("C# index", "A.cs", "settings[\"Password\"] = \"{v}\";"),
    ("Visual Basic", "A.vb", "Dim password As String = \"{v}\""),
    ("C", "a.c", "static const char *password = \"{v}\";"),
    ("C array", "a.c", "char password[] = \"{v}\";"),
    ("C define", "a.h", "#define WIFI_PASSWORD \"{v}\""),
    ("C comparison", "a.c", "if (strcmp(password, \"{v}\") == 0)"),
    ("C++ initialiser", "a.cpp", "std::string password{\"{v}\"};"),
    ("Go", "a.go", "\tpassword := \"{v}\""),
    ("Go constant", "a.go", "const dbPassword = \"{v}\""),
    ("Go struct", "a.go", "\t\tPassword: \"{v}\","),
    (
        "Go struct, wrapped",
        "a.go",
        "\t\tPassword: String(\"{v}\"),",
    ),
    ("Go bytes", "a.go", "var secretKey = []byte(\"{t}\")"),
    (
        "Go basic auth",
        "a.go",
        "\treq.SetBasicAuth(\"bob\", \"{v}\")",
    ),
    (
        "Go header",
        "a.go",
        "\treq.Header.Set(\"X-Auth-Token\", \"{t}\")",
    ),
    ("Rust", "a.rs", "let password = \"{v}\".to_string();"),
    ("Rust, Some", "a.rs", "    password: Some(\"{v}\".into()),"),
    ("Rust constant", "a.rs", "const PASSWORD: &str = \"{v}\";"),
    ("Python", "a.py", "password = '{v}'"),
    (
        "Python, triple quotes",
        "a.py",
        "password = \"\"\"{v}\"\"\"",
    ),
    (
        "Python, parenthesis",
        "a.py",
        "password = (\n    \"{v}\"\n)",
    ),
    ("Python, bytes", "a.py", "app.secret_key = b'{t}'"),
    (
        "Python, environment default",
        "a.py",
        "password = os.environ.get('DB_PASSWORD', '{v}')",
    ),
    (
        "Python, environment set",
        "a.py",
        "os.environ['DB_PASSWORD'] = '{v}'",
    ),
    (
        "Python, default argument",
        "a.py",
        "def connect(host, user='bob', password='{v}'):",
    ),
    (
        "Python, annotated default",
        "a.py",
        "def connect(password: str = '{v}'):",
    ),
    (
        "Python, keyword",
        "a.py",
        "connect(host='h', user='bob', passwd='{v}')",
    ),
    (
        "Python, auth pair",
        "a.py",
        "requests.get(u, auth=('bob', '{v}'))",
    ),
    (
        "Python, basic auth",
        "a.py",
        "auth=HTTPBasicAuth('bob', '{v}')",
    ),
    (
        "Python, login",
        "a.py",
        "smtp.login('bob@corp.example', '{v}')",
    ),
    (
        "Python, dictionary",
        "a.py",
        "DB = {'user': 'bob', 'password': '{v}'}",
    ),
    (
        "Python, dict call",
        "a.py",
        "d = dict(user='bob', password='{v}')",
    ),
    (
        "Python, assertion",
        "a_test.py",
        "self.assertEqual(user.password, '{v}')",
    ),
    ("JavaScript", "a.js", "const password = '{v}';"),
    ("JavaScript, object", "a.js", "  password: '{v}',"),
    ("JavaScript, template", "a.js", "const password = `{v}`;"),
    (
        "JavaScript, default",
        "a.js",
        "const password = process.env.PASSWORD || '{v}';",
    ),
    (
        "JavaScript, nullish default",
        "a.js",
        "const password = config.password ?? '{v}';",
    ),
    (
        "JavaScript, destructured default",
        "a.js",
        "function f({ user, password = '{v}' }) {}",
    ),
    (
        "JavaScript, header",
        "a.js",
        "headers['X-Api-Key'] = '{t}';",
    ),
    (
        "JavaScript, typed into a field",
        "a.js",
        "await page.type('#password', '{v}');",
    ),
    ("TypeScript", "a.ts", "  private password: string = '{v}';"),
    ("PHP", "a.php", "$password = '{v}';"),
    ("PHP array", "a.php", "    'password' => '{v}',"),
    ("PHP define", "a.php", "define('DB_PASSWORD', '{v}');"),
    (
        "PHP environment default",
        "a.php",
        "'password' => env('DB_PASSWORD', '{v}'),",
    ),
    (
        "PHP connection",
        "a.php",
        "$db = mysqli_connect('h', 'bob', '{v}', 'app');",
    ),
    (
        "PHP PDO",
        "a.php",
        "$db = new PDO('mysql:host=h;dbname=d', 'bob', '{v}');",
    ),
    ("PHP property", "a.php", "    public $password = '{v}';"),
    ("Ruby symbol", "a.rb", "  :password => \"{v}\","),
    ("Ruby keyword", "a.rb", "  password: '{v}'"),
    ("Ruby attribute", "a.rb", "config.password = '{v}'"),
    (
        "Ruby environment default",
        "a.rb",
        "password = ENV.fetch('DB_PASSWORD', '{v}')",
    ),
    ("Ruby or", "a.rb", "password = ENV['DB_PASSWORD'] || '{v}'"),
    ("Ruby basic auth", "a.rb", "request.basic_auth 'bob', '{v}'"),
    (
        "Ruby fill in",
        "a_spec.rb",
        "fill_in 'Password', with: '{v}'",
    ),
    ("Perl", "a.pl", "my $password = '{v}';"),
    ("Perl hash", "a.pl", "    password => '{v}',"),
    (
        "Perl connection",
        "a.pl",
        "DBI->connect('dbi:mysql:d', 'bob', '{v}');",
    ),
    ("Perl q", "a.pl", "my $password = q({v});"),
    ("Lua", "a.lua", "local password = \"{v}\""),
    ("Lua table", "a.lua", "  [\"password\"] = \"{v}\","),
    ("R", "a.R", "password <- \"{v}\""),
    ("R, environment", "a.R", "Sys.setenv(DB_PASSWORD = \"{v}\")"),
    ("Elixir", "config.exs", "  password: \"{v}\","),
    ("Erlang", "sys.config", "    {password, \"{v}\"},"),
    ("Clojure", "a.clj", "{:user \"bob\" :password \"{v}\"}"),
    ("Haskell", "A.hs", "password = \"{v}\""),
    ("Haskell record", "A.hs", "  , connectPassword = \"{v}\""),
    ("Dart", "a.dart", "final String password = '{v}';"),
    ("Julia", "a.jl", "password = \"{v}\""),
    ("Tcl", "a.tcl", "set password \"{v}\""),
    ("Nix", "a.nix", "  initialPassword = \"{v}\";"),
    ("Puppet", "a.pp", "    password => '{v}',"),
    (
        "Terraform provisioner",
        "main.tf",
        "    password    = \"{v}\"",
    ),
    ("PowerShell", "a.ps1", "$Password = '{v}'"),
    (
        "PowerShell, secure",
        "a.ps1",
        "$p = ConvertTo-SecureString \"{v}\" -AsPlainText -Force",
    ),
    (
        "PowerShell, secure string",
        "a.ps1",
        "ConvertTo-SecureString -String '{v}' -AsPlainText -Force",
    ),
    (
        "PowerShell, secure, switches first",
        "a.ps1",
        "ConvertTo-SecureString -AsPlainText -Force -String '{v}'",
    ),
    (
        "PowerShell, secure, piped",
        "a.ps1",
        "$p = '{v}' | ConvertTo-SecureString -AsPlainText -Force",
    ),
    (
        "PowerShell parameter",
        "a.ps1",
        "    [string]$Password = '{v}',",
    ),
    (
        "PowerShell argument",
        "a.ps1",
        "New-Thing -User bob -Password '{v}'",
    ),
    (
        "PowerShell hash",
        "a.ps1",
        "@{ User = 'bob'; Password = '{v}' }",
    ),
    ("batch", "a.bat", "set DB_PASSWORD={v}"),
    ("batch, quoted", "a.bat", "set \"DB_PASSWORD={v}\""),
    ("batch, setx", "a.bat", "setx DB_PASSWORD \"{v}\" /M"),
    (
        "batch, net use",
        "a.bat",
        "net use Z: \\\\srv\\share {v} /user:bob",
    ),
    ("batch, net user", "a.bat", "net user bob {v} /add"),
    // Command lines.
    (
        "docker -e",
        "run.sh",
        "docker run -d -e MYSQL_ROOT_PASSWORD={v} mysql",
    ),
    (
        "docker -e, quoted",
        "run.sh",
        "docker run -d -e \"MYSQL_ROOT_PASSWORD={v}\" mysql",
    ),
    (
        "docker --env",
        "run.sh",
        "docker run --env=MYSQL_PASSWORD={v} mysql",
    ),
    (
        "docker login",
        "run.sh",
        "docker login -u bob -p {v} registry.corp",
    ),
    (
        "--password x",
        "run.sh",
        "tool --user bob --password {v} run",
    ),
    ("--password=x", "run.sh", "tool --password={v} run"),
    (
        "-Dname=x",
        "run.sh",
        "java -Djavax.net.ssl.keyStorePassword={v} -jar a.jar",
    ),
    (
        "keytool",
        "run.sh",
        "keytool -genkey -storepass {v} -keypass {v}",
    ),
    ("--token x", "run.sh", "tool --token {t} push"),
    (
        "openssl -passin",
        "run.sh",
        "openssl rsa -in a.key -passin pass:{v}",
    ),
    (
        "openssl -passout",
        "run.sh",
        "openssl genrsa -aes256 -passout pass:{v} -out ca.pem 4096",
    ),
    (
        "openssl -k",
        "run.sh",
        "openssl enc -aes-256-cbc -k {v} -in a",
    ),
    ("sshpass", "run.sh", "sshpass -p '{v}' ssh bob@h"),
    ("sshpass, joined", "run.sh", "sshpass -p{v} ssh bob@h"),
    ("curl -u", "run.sh", "curl -u bob:{v} https://h/api"),
    (
        "curl -u, quoted",
        "run.sh",
        "curl -u 'bob:{v}' https://h/api",
    ),
    ("curl --user", "run.sh", "curl --user bob:{v} https://h/api"),
    (
        "curl, header",
        "run.sh",
        "curl -H \"Authorization: Bearer {t}\" https://h/api",
    ),
    (
        "curl, header of its own",
        "run.sh",
        "curl -H 'X-Api-Key: {t}' https://h/api",
    ),
    (
        "curl, form",
        "run.sh",
        "curl -d 'user=bob&password={v}' https://h/login",
    ),
    (
        "wget",
        "run.sh",
        "wget --user=bob --password='{v}' https://h/a",
    ),
    ("mysql -p", "run.sh", "mysql -h db -u root -p{v} app"),
    (
        "mysqldump, quoted",
        "run.sh",
        "mysqldump -uroot -p'{v}' app",
    ),
    (
        "psql",
        "run.sh",
        "psql \"host=db user=bob password={v} dbname=app\"",
    ),
    ("mongo", "run.sh", "mongo admin -u bob -p {v}"),
    ("redis-cli", "run.sh", "redis-cli -h db -a {v} ping"),
    ("sqlcmd", "run.sh", "sqlcmd -S db -U sa -P {v} -Q x"),
    ("ldapsearch", "run.sh", "ldapsearch -x -D cn=admin -w {v}"),
    ("htpasswd", "run.sh", "htpasswd -bc .htpasswd bob {v}"),
    ("rabbitmqctl", "run.sh", "rabbitmqctl add_user bob {v}"),
    ("expect", "run.exp", "expect \"*assword:\"\nsend \"{v}\\r\""),
    (
        "kubectl",
        "run.sh",
        "kubectl create secret generic db --from-literal=password={v}",
    ),
    (
        "az login",
        "run.sh",
        "az login --service-principal -u x -p {t} --tenant y",
    ),
    ("zip -P", "run.sh", "zip -P {v} a.zip a"),
    ("7z -p", "run.sh", "7z x -p{v} a.7z"),
    (
        "array of arguments",
        "a.py",
        "subprocess.run(['tool', '--password', '{v}'])",
    ),
    // SQL.
    (
        "SQL, identified by",
        "a.sql",
        "CREATE USER 'bob'@'%' IDENTIFIED BY '{v}';",
    ),
    (
        "SQL, identified with by",
        "a.sql",
        "ALTER USER 'bob'@'%' IDENTIFIED WITH mysql_native_password BY '{v}';",
    ),
    (
        "SQL, identified by, bare",
        "a.sql",
        "CREATE USER bob IDENTIFIED BY {v};",
    ),
    (
        "SQL, with password",
        "a.sql",
        "CREATE ROLE bob WITH LOGIN PASSWORD '{v}';",
    ),
    (
        "SQL, encrypted password",
        "a.sql",
        "ALTER ROLE bob WITH ENCRYPTED PASSWORD '{v}';",
    ),
    (
        "SQL Server login",
        "a.sql",
        "CREATE LOGIN bob WITH PASSWORD = N'{v}';",
    ),
    (
        "SQL, set password",
        "a.sql",
        "SET PASSWORD FOR 'bob'@'%' = PASSWORD('{v}');",
    ),
    (
        "SQL, update",
        "a.sql",
        "UPDATE users SET password = '{v}' WHERE id = 1;",
    ),
    (
        "SQL, where",
        "a.sql",
        "SELECT * FROM users WHERE name = 'bob' AND password = '{v}'",
    ),
    (
        "SQL, insert",
        "a.sql",
        "INSERT INTO users (name, password) VALUES ('bob', '{v}');",
    ),
    (
        "SQL, insert, password first",
        "a.sql",
        "INSERT INTO users (`password`, `name`) VALUES ('{v}', 'bob');",
    ),
    (
        "SQL, insert, second row",
        "a.sql",
        "INSERT INTO users (id, name, password, age) VALUES\n (1, 'bob', 'x1', 3),\n (2, 'eve', '{v}', 4);",
    ),
    (
        "SQL, insert, functions",
        "a.sql",
        "insert into users(id, created, password) values (uuid(), now(), '{v}')",
    ),
    (
        "SQL, copy",
        "a.sql",
        "COPY users (id, password) FROM stdin;\n1\t{v}\n\\.\n",
    ),
    // Addresses and connection strings.
    ("URL", "a.yml", "url: postgres://bob:{v}@db.corp:5432/app"),
    (
        "URL with a format verb for a host",
        "a.go",
        "fmt.Sprintf(\"nats://bob:{v}@%s:%d\", h, p)",
    ),
    (
        "URL with a variable for a host",
        "a.yml",
        "url: amqp://bob:{v}@${HOST}:5672",
    ),
    (
        "URL with braces for a host",
        "a.py",
        "f'postgresql://bob:{v}@{host}/app'",
    ),
    ("URL without a user", "a.yml", "url: redis://:{v}@h:6379/0"),
    (
        "URL with a token",
        "a.yml",
        "url: https://{t}@git.corp/x.git",
    ),
    ("URL query", "a.md", "https://h/x?access_token={t}&y=1"),
    (
        "mongodb+srv",
        "a.js",
        "connect('mongodb+srv://bob:{v}@c0.corp.example/app')",
    ),
    (
        "git remote",
        ".git/config",
        "\turl = https://bob:{v}@git.corp/x.git",
    ),
    (
        "ADO.NET",
        "web.config",
        "connectionString=\"Server=a;Database=b;User Id=bob;Password={v};\"",
    ),
    (
        "ADO.NET, Pwd",
        "a.json",
        "\"Default\": \"server=a;uid=bob;pwd={v};database=b\"",
    ),
    (
        "ODBC",
        "a.py",
        "conn = 'DRIVER={SQL Server};SERVER=a;UID=bob;PWD={v}'",
    ),
    (
        "JDBC",
        "a.xml",
        "jdbc:mysql://h/d?user=bob&amp;password={v}",
    ),
    (
        "JDBC, SQL Server",
        "a.properties",
        "url=jdbc:sqlserver://h:1433;user=sa;password={v};encrypt=true",
    ),
    (
        "JDBC, Oracle",
        "a.properties",
        "url=jdbc:oracle:thin:scott/{v}@//h:1521/x",
    ),
    (
        "libpq",
        "pg.conf",
        "primary_conninfo = 'host=a user=bob password={v}'",
    ),
    ("AMQP", "a.yml", "broker: amqps://bob:{v}@mq.corp/vhost"),
    ("SMTP", ".env", "MAILER_DSN=smtp://bob:{v}@mail.corp:587"),
    ("LDAP", "ldap.conf", "bindpw {v}"),
    ("LDAP, camel", "a.json", "\"bindCredentials\": \"{v}\","),
    (
        "Go MySQL",
        "a.go",
        "sql.Open(\"mysql\", \"bob:{v}@tcp(db:3306)/app\")",
    ),
    (
        "StackExchange Redis",
        "a.json",
        "\"Redis\": \"cache.corp:6380,password={v},ssl=True\"",
    ),
    (
        "Azure AccountKey",
        "a.json",
        "\"AccountName=x;AccountKey={t};EndpointSuffix=y\"",
    ),
    (
        "Shared access",
        "a.json",
        "\"Endpoint=sb://x/;SharedAccessKeyName=y;SharedAccessKey={t}\"",
    ),
    // Headers, traffic, logs.
    (
        "Authorization Bearer",
        "a.http",
        "Authorization: Bearer {t}",
    ),
    (
        "Authorization Bearer in code",
        "a.js",
        "'Authorization': 'Bearer {t}'",
    ),
    (
        "Authorization Bearer, joined",
        "a.py",
        "headers={'Authorization': 'Bearer ' + '{t}'}",
    ),
    (
        "Authorization token",
        "a.py",
        "headers = {'Authorization': 'token {t}'}",
    ),
    (
        "recorded traffic",
        "cassettes/a.yml",
        "      Authorization:\n      - Bearer {t}",
    ),
    (
        "recorded traffic, list",
        "cassettes/a.yaml",
        "    headers:\n      X-Auth-Token: ['{t}']",
    ),
    (
        "recorded reply",
        "cassettes/a.yml",
        "      string: '{\"access_token\":\"{t}\",\"expires_in\":3600}'",
    ),
    (
        "HAR",
        "a.har",
        "{\"name\": \"Authorization\", \"value\": \"Bearer {t}\"}",
    ),
    ("cookie", "a.http", "Cookie: session_token={t}; theme=dark"),
    (
        "gRPC metadata",
        "a.go",
        "metadata.Pairs(\"authorization\", \"Bearer {t}\")",
    ),
    (
        "log line",
        "a.log",
        "2021-03-04 10:11:12 INFO connecting as bob with password={v} to db",
    ),
    (
        "log line, colon",
        "a.log",
        "12:01:44 DEBUG login user: bob, password: {v}, ok",
    ),
    (
        "log line, brackets",
        "a.log",
        "[INFO] using password [{v}] for bob",
    ),
    (
        "percent-encoded",
        "a.log",
        "GET /login?user=bob&token%3D{t} HTTP/1.1",
    ),
    (
        "multipart",
        "a.http",
        "Content-Disposition: form-data; name=\"password\"\r\n\r\n{v}\r\n",
    ),
    // Prose and comments, several languages.
    ("prose", "README.md", "The password is {v}"),
    (
        "prose, quoted",
        "README.md",
        "Log in as `bob` with password `{v}`.",
    ),
    (
        "prose, for",
        "README.md",
        "password for the admin user: {v}",
    ),
    ("prose, pair", "README.md", "Username/password: bob/{v}"),
    ("comment", "a.py", "# password: {v}"),
    ("comment, slashes", "a.c", "// the root password is {v}"),
    ("German", "a.md", "Passwort: {v}"),
    ("German, sentence", "a.md", "Das Passwort ist {v}"),
    ("German, Kennwort", "a.md", "Kennwort = {v}"),
    ("French", "a.md", "mot de passe : {v}"),
    ("French, identifier", "a.py", "mot_de_passe = '{v}'"),
    ("French, camel", "a.java", "String motDePasse = \"{v}\";"),
    ("Spanish", "a.md", "contraseña: {v}"),
    ("Spanish, identifier", "a.php", "$contrasena = '{v}';"),
    ("Spanish, clave", "a.py", "clave = '{v}'"),
    ("Portuguese", "a.py", "senha = '{v}'"),
    ("Italian", "a.md", "Password di root: {v}"),
    ("Dutch", "a.md", "wachtwoord: {v}"),
    ("Polish", "a.md", "hasło: {v}"),
    ("Polish, identifier", "a.py", "haslo = '{v}'"),
    ("Czech", "a.md", "heslo: {v}"),
    ("Russian", "a.md", "пароль: {v}"),
    ("Russian, capital", "a.md", "Пароль: {v}"),
    ("Chinese", "a.md", "密码：{v}"),
    ("Chinese, is", "a.md", "密码是 {v}"),
    ("Chinese, code word", "a.md", "口令: {v}"),
    ("Japanese", "a.md", "パスワード：{v}"),
    ("Korean", "a.md", "비밀번호: {v}"),
    ("Turkish", "a.md", "şifre: {v}"),
    // Keys with a form of their own.
    (
        "nkey seed",
        "a.conf",
        "nkey_seed: «SUAIO3FHUX5PNV2LQIIP7TZ3N4L7TX3W53MQGEIVYFIGA635OZCKEYHFLM»",
    ),
    ("OTP secret", "a.py", "totp = pyotp.TOTP('{o}')"),
    (
        "otpauth",
        "a.md",
        "otpauth://totp/Acme:bob?secret={o}&issuer=Acme",
    ),
    (
        "JWK k",
        "a.json",
        "{\"kty\":\"oct\",\"k\":\"«{t}AbCdEf1234567890xyz»\"}",
    ),
    (
        "JWK d",
        "a.json",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\",\"d\":\"«jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI»\"}",
    ),
    ("list after a name", "a.yml", "tokens:\n  - {t}\n"),
    ("list in brackets", "a.py", "API_KEYS = ['{t}', 'second']"),
    (
        "list in brackets, not the first",
        "a.json",
        "\"tokens\":[\"b3cd\",\"1\",\"{t}\"],",
    ),
    (
        "list in brackets of escaped JSON",
        "a.json",
        "\\\"tokens\\\":[\\\"b3cd\\\",\\\"{t}\\\"],",
    ),
    (
        "string on the next line",
        "a.py",
        "SECRET_KEY = \\\n    '{t}'",
    ),
    ("string joined", "a.java", "String token = \"\" + \"{t}\";"),
];
