//! What is not a leak is not reported, or is said to be harmless; keys that open only a test
//! environment are not as bad as those that open the real one. Every value is made up, but for
//! those that documentation prints.

use std::sync::Arc;

use unleak::finding::{Confidence, Severity, SourceKind};
use unleak::matcher::{Context, Matcher, Options};
use unleak::pattern::Patterns;

/// What it is, where it stands, what stands there.
const NOTHING: &[(&str, &str, &str)] = &[
    // Printed in documentation
    (
        "aws's own example",
        ".env",
        "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\nAWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
    ),
    (
        "stripe's own example",
        "a.rb",
        "Stripe.api_key = 'sk_test_4eC39HqLyjWDarjtT1zdp7dc'",
    ),
    (
        "the key of Azure's storage emulator",
        "a.env",
        "STORAGE=AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;",
    ),
    (
        "slack's own example",
        "a.sh",
        "curl https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
    ),
    (
        "jwt.io's example",
        "a.md",
        "Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
    ),
    (
        "basic authentication of RFC 7617",
        "a.md",
        "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
    ),
    (
        "aws's own example, somebody's hand at its end",
        "main.tf",
        "export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXBMPL2\nexport AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXBMPLKEY2\n",
    ),
    // A name of a secret, or something else beside one
    (
        "which entry of a secret a container reads",
        "pod.yaml",
        "        env:\n        - name: ACME_VAULT_KEY\n          valueFrom:\n            secretKeyRef:\n              name: acmevault\n              key: acme4vaultkey\n",
    ),
    (
        "what kubectl says",
        "README.md",
        "$ kubectl create secret tls acme --key k --cert c\nsecret \"acmesecret\" created\n",
    ),
    (
        "what Terraform calls a resource",
        "secrets.tf",
        "resource \"google_secret_manager_secret\" \"acme_secret_3\" {\n  secret_id = \"acme-secret-3\"\n}\n",
    ),
    (
        "another attribute of a tag",
        "a.html",
        "<label for=\"password\" class=\"mr-sm-4\">Password</label>\n<textarea name='token' style='width: 640px; height: 24px'></textarea>\n",
    ),
    (
        "an outlet of a storyboard",
        "Login.storyboard",
        "<outlet property=\"passwordTextField\" destination=\"hX7-K1-DsR\" id=\"q2X-7S-B3h\"/>\n",
    ),
    (
        "ids of rows in JSON inside of SQL",
        "dump.sql",
        "INSERT INTO page VALUES (1, '[{\\\"url\\\":\\\"\\\",\\\"openType\\\":\\\"_blank\\\"}},\\\"key\\\":\\\"5d1986fc-1f86-4c7a-b96c-75437de38dd0\\\"},{\\\"visible\\\":true}]');\n",
    ),
    (
        "the user beside a password",
        "chap.yaml",
        "data:\n  node.session.auth.username: YWNtZXVzZXI=\n",
    ),
    (
        "a prefix of keys in a store",
        "Cache.java",
        "private static final String SESSION_REDIS_KEY = \"acme:session\";\n",
    ),
    (
        "what a translation is found by",
        "Setup.php",
        "trans_key('he/him'),\ntrans_key('xe/xem'),\n",
    ),
    (
        "a remark for programmers",
        "models.py",
        "        :param _Password: Doris 连接源的密码\n        :param _GrafanaPassword: grafana密码\n",
    ),
    (
        "a variable of a program",
        "app.py",
        "def change(u):\n\tnewpassword = read()\n\tu.password = newpassword\n\tsession.commit()\n",
    ),
    (
        "a program that takes keys apart",
        "Keys.java",
        "pem = pem.replace(\"-----BEGIN PRIVATE KEY-----\", \"\");\npem = pem.replaceAll(System.lineSeparator(), \"\");\npem = pem.replace(\"-----END PRIVATE KEY-----\", \"\");\n",
    ),
    (
        "a test's key with nothing in it",
        "EnvTest.php",
        "$data = \"APP_PRIVATE_KEY=\\\"-----BEGIN RSA PRIVATE KEY-----\\nABCDEF\\n-----END RSA PRIVATE KEY-----\\\"\\nAPP_OTHER=ok\";\n",
    ),
    (
        "a picture near an app's id",
        "client.py",
        "        小程序 wx7f3a92c1d04be586 的页面\n        ![image](https://cdn.acme.example/raw/654ab2a72ab7d42f06464fa33c50c3bb.png)\n        ![image](https://cdn.acme.example/raw/06464fa33c50c3bb654ab2a72ab7d42f/flow.png)\n",
    ),
    (
        "names of a program near a cloud's",
        "AclTest.java",
        "import com.aliyun.oss.OSS;\nString accessKeyId = read();\nListResult r = ossClient.listBucketAccessPoints(listBucketAccessPointsRequest2);\n",
    ),
    (
        "the code of a link to a shared folder",
        "README.md",
        "下载：[acme.tar.gz](http://pan.baidu.com/s/1QrmZaUuBPg3jBwK-LpHYyg?pwd=8mdz)（百度网盘）\n",
    ),
    (
        "somebody's name after a password",
        "start.md",
        "account.create(\n    ID.unique(),\n    \"email@acme.example\",\n    \"password\",\n    \"Walter O'Brien\"\n)\n",
    ),
    (
        "the image of a container and its version",
        "Chart.yaml",
        "image: docker.io/acme/oauth2-proxy:7.12.0-debian-12-r0\nimage: docker.io/acme/rmq-default-credential-updater:1.0.8-debian-12-r0\n",
    ),
    (
        "where a database keeps its tables",
        "values.yaml",
        "cassandra:\n  keyspace: \"acme_tracing\"\n",
    ),
    (
        "a class in its namespace",
        "app.php",
        "    'Password' => Illuminate\\Support\\Facades\\Password::class,\n",
    ),
    (
        "the letters that a password is drawn from",
        "Importer.php",
        "$this->tempPassword = substr(str_shuffle('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'), 0, 40);\n",
    ),
    (
        "texts in their translators' editor",
        "lang/aa-ER/reminders.php",
        "    \"password\" => \"crwdns969:0crwdne969:0\",\n",
    ),
    (
        "a list of names",
        "Setting.php",
        "            'acme_password',\n            'is_ad',\n            'ad_domain',\n",
    ),
    (
        "the rest was left out",
        ".env.example",
        "STRIPE_WEBHOOK_SECRET=whsec_...\nMAIL_PASSWORD=YOURPASSWORD\nREGISTRY_SECRET=placeholder\n",
    ),
    (
        "by what means people sign in",
        ".circleci/config.yml",
        "            echo REACT_APP_SET_AUTH=firebase >> .env\n",
    ),
    (
        "ids of rows near an app's id",
        "before.vm",
        "<a href=\"https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx7f3a92c1d04be586&response_type=code&state=ff808081551fc4fe01554cc514067e25#wechat_redirect\">\n<a href=\"/go.do?appid=wx7f3a92c1d04be586&actId=8c1d04be5867f3a92c1d04be5867f3a9\">\n",
    ),
    (
        "a picture in base64 that a cloud's words stand near",
        "image.ipynb",
        "obs = \"eO/pbYTWge/zNS/iF16ClmsImYJIlK0ei0mObSPj6GaosZT9nZPGLQ8l1qC67zUd8fEw2Kq/So3tFc3HT8dwvLyOOSq583jPIJuTfBf36kGp7yOY/3OLJj32Icz/1NK455MkvfIKNT12mvbGEWpgRb4Z0PtZm/3gKq8fEw2zUd\" # huawei obs sk accesskey ABCDEFGHIJ0123456789\n",
    ),
    (
        "what the audit log of Vault has instead",
        "audit.log",
        "{\"type\":\"response\",\"auth\":{\"client_token\":\"hmac-sha256:011b64012d0de7d0486543c4c6563f0a499472dc1a78e59a0b5f1c9e7d3a2468\"}}\n",
    ),
    (
        "members of something, and its sources",
        "firstpass.c",
        "  twopass->kf_zeromotion_pct = 100;\n  twopass->mb_av_energy = log(1.0);\n",
    ),
    (
        "sources",
        "examples.mk",
        "twopass_encoder.SRCS            += ivfenc.h ivfenc.c\ntwopass_encoder.SRCS            += y4minput.c y4minput.h\n",
    ),
    (
        "a sign of a font",
        "ie7.js",
        "    'icon-key3': '&#xe67c;',\n",
    ),
    (
        "the database behind a switch that asks",
        "README.md",
        "    mysql -u root -p newbee_shop_db7 < schema.sql\n    mysql -u USER -pPASSWORD shop77db < ./db/schema.sql\n",
    ),
    (
        "where a server passes requests on to",
        "vhost.conf",
        "        fastcgi_pass phpfpm:9000;\n",
    ),
    (
        "how a token begins",
        "Config.java",
        "config.setBotToken(\"xoxb-\");\n",
    ),
    (
        "who may see a page",
        "app.js",
        "{path:\"/x\",meta:{auth:[\"marketing-point_record-index\"],title:\"a\"}}\n",
    ),
    (
        "a region after a secret",
        "test_utils.py",
        "    send(\n        \"secret\",\n        \"us-east-1\",\n    )\n",
    ),
    (
        "a container of a store",
        "index.py",
        "path=\"abfss://9ab7b19e-c117-4a74-8654-cf1559bd9f4f@acme-onelake.dfs.fabric.microsoft.com/Files/token/\"\n",
    ),
    (
        "names of streams and of files in a store",
        "create_job.py",
        "    key=\"sd-hls-fmp4\",\n    key=\"audio-hls-fmp4\",\n    key = 'sintel_trailer.mp4'\n",
    ),
    (
        "the name of an entry of an entry",
        "api-2.json.php",
        "'members' => [ 'Passphrase' => [ 'shape' => 'PassphraseBlob', ], ],\n",
    ),
    (
        "a field of a form",
        "step3.php",
        "<td><input type=\"password\" name=\"dbpw\" id=\"dbpw\"></td>\n'dbPwd': $('#dbpw').val(),\n",
    ),
    (
        "members of an enumeration",
        "service-2.json",
        "\"KeyUsage\": [\n  \"TR31_E1_EMV_MKEY_CONFIDENTIALITY\",\n  \"TR31_E0_EMV_MKEY_APP_CRYPTOGRAMS\"\n]\n",
    ),
    (
        "an index of a table",
        "shop.sql",
        "  PRIMARY KEY (`id`),\n  KEY `FK5tpkputc6d9nboxojdbgnpmyb` (`pid`) USING BTREE,\n  UNIQUE KEY `UK_9lhu7aw0rvlqxtnkp3rx9x4bn` (`name`)\n",
    ),
    (
        "a key that is shown to everybody",
        "map.json",
        "{\"type\": \"polygon\", \"polygon\": true, \"publicResourceKey\": \"phkffKRySNmqJA5QTLbqtJ1sHqDsbMgD\"}\n",
    ),
    (
        "words that say what belongs there",
        "acme.yml",
        "ACME_KEY: sailing key here\n",
    ),
    (
        "an argument that is called as its parameter",
        "export.py",
        "service = connect(host=hostname, username=loadusername, password=loadpassword)\n",
    ),
    (
        "who wrote a change of the tables",
        "update.xml",
        "<changeSet id=\"20180706-passwordreset\" author=\"harris+fanyu\">\n",
    ),
    (
        "hashes as programs keep them",
        "values.yaml",
        "password: 'sha1:aae8550c0a44:9507d45e087d5ee481a5ce9f4f16f37a0867318c'\nhtpasswdString: \"user:$apr1$FfVI2PRr$f9MW8rsr5RmmxbdV0Iipk1\"\n",
    ),
    (
        "what is passed to a program, and which password is meant",
        "NOTES.txt",
        "# options to pass to mysqldump\nTo get the password for \"postgres\" run:\n  mysqladmin -uroot -p$MYSQL_ROOT_PASSWORD shutdown77\n",
    ),
    (
        "which entry of which secret is meant",
        "values.yaml",
        "passwordKey: pg_su_password\nclusterRootSecret: cockroachdb-root\n",
    ),
    (
        "public keys by their label and by their ids",
        "README.md",
        "Public key:  60758d37d431d34b920847212febbd583008ec2a34d00f907d48bd48b88dc2661806eb99cb\nMONGODB_APT_KEY: \"7F0CEB10\"\nacme_apt_key: \"467B942D3A79BD29\"\n",
    ),
    (
        "what a shell takes where nothing is set",
        "docker-compose.yml",
        "test: [\"CMD-SHELL\", \"PGPASSWORD='${PSQL_PASS:-password}' pg_isready -U '${PSQL_USER:-postgres}' -d postgres\"]\n",
    ),
    (
        "the label of a key that signs releases, and what only names a token",
        "README.md",
        "- Release GPG key: 9554F04D7259F04124DE6B476D5A82AC7E37093B\n\ntoken_accessor       oyQxJRrWnhR8bhoZY0XfMq7b\n",
    ),
    // Encrypted
    (
        "sops",
        "secrets.yaml",
        "stripe_api_key: ENC[AES256_GCM,data:q8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7d,iv:Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0s=,tag:Kc5Wy3Ph7dJ0sHaQ8Zr2Lg==,type:str]\n",
    ),
    (
        "eyaml",
        "common.eyaml",
        "acme::token: ENC[PKCS7,MIIBeQYJKoZIhvcNAQcDoIIBajCCAWYCAQAxggEhMIIBHQIBADAFMAACAQEwDQYJKoZIhvcNAQEBBQAEggEAq8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7d]\n",
    ),
    (
        "sealed secret",
        "sealed.yaml",
        "kind: SealedSecret\nspec:\n  encryptedData:\n    api-token: AgBy8hCi8erSs9Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0s\n",
    ),
    (
        "ansible-vault",
        "vars.yml",
        "db_password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  62313365396662343061393464336163383764373764613633653634306231386433626436623361\n  6134333665353966363534333632666535333761666131620a663537646436643839616531643561\n",
    ),
    (
        "ansible-vault, a whole file",
        "vault.yml",
        "$ANSIBLE_VAULT;1.1;AES256\n62313365396662343061393464336163383764373764613633653634306231386433626436623361\n6134333665353966363534333632666535333761666131620a663537646436643839616531643561\n",
    ),
    (
        "git-crypt",
        "secrets.env",
        "\0GITCRYPT\0q8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9",
    ),
    (
        "rails credentials",
        "config/credentials.yml.enc",
        "q8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHa--Kc5Wy3Ph7dJ0sHaQ--Zr2LmX9Tb4Rb8Vn1Kc5Wyw==",
    ),
    (
        "kms ciphertext",
        "serverless.yml",
        "token: AQICAHhq8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9TgHb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQAAAAfzB9BgkqhkiG9w0BBwagcDBuAgEAMGkGCSqGSIb3DQEHATAeBglghkgBZQMEAS4wEQQM\n",
    ),
    (
        "spring cloud config",
        "application.yml",
        "password: '{cipher}AQBq8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1'\n",
    ),
    (
        "jasypt",
        "application.properties",
        "spring.datasource.password=ENC(q8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7d)\n",
    ),
    (
        "travis",
        ".travis.yml",
        "deploy:\n  api_key:\n    secure: q8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ=\n",
    ),
    (
        "age file",
        "a.age",
        "-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBxOFpyMkxtWDlUYjRSYjhW\n-----END AGE ENCRYPTED FILE-----\n",
    ),
    (
        "pgp message",
        "a.asc",
        "-----BEGIN PGP MESSAGE-----\n\nhQEMA8Zr2LmX9Tb4AQf+Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1Kc5\n-----END PGP MESSAGE-----\n",
    ),
    // Public
    (
        "ssh public key",
        "deploy.pub",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIq8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX deploy@acme",
    ),
    (
        "public key",
        "a.pem",
        "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEq8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7d\n-----END PUBLIC KEY-----\n",
    ),
    (
        "age recipient",
        ".sops.yaml",
        "creation_rules:\n  - age: age1q8zr2lmx9tt4rj8vn0kc5wy3ph7dj0sh0q8zr2lmx9tt4rp8vnskc5wy\n",
    ),
    (
        "known hosts",
        "known_hosts",
        "github.com ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQCq8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7d\n",
    ),
    // Digests
    (
        "npm's lock",
        "package-lock.json",
        "\"node_modules/stripe\": {\n  \"version\": \"14.0.0\",\n  \"integrity\": \"sha512-q8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1A==\"\n}",
    ),
    (
        "yarn's lock",
        "yarn.lock",
        "cloudflare@^2.0.0:\n  resolved \"https://registry.acme.example/cloudflare/-/cloudflare-2.9.1.tgz#3f1c9a7be25d08461f7a9c3be5d2084671bc9e3a\"\n",
    ),
    (
        "cargo's lock",
        "Cargo.lock",
        "[[package]]\nname = \"linode\"\nversion = \"0.1.0\"\nchecksum = \"3f1c9a7be25d08461f7a9c3be5d2084671bc9e3a9c3be5d2084671bc9e3a3f1c\"\n",
    ),
    (
        "poetry's lock",
        "poetry.lock",
        "[[package]]\nname = \"freshbooks\"\nfiles = [\n    {file = \"freshbooks-1.0.tar.gz\", hash = \"sha256:3f1c9a7be25d08461f7a9c3be5d2084671bc9e3a9c3be5d2084671bc9e3a3f1c\"},\n]\n",
    ),
    (
        "go's sums",
        "go.sum",
        "github.com/hereapi/here v1.2.3 h1:q8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9T=\n",
    ),
    (
        "image digest",
        "Dockerfile",
        "FROM linode/cli@sha256:3f1c9a7be25d08461f7a9c3be5d2084671bc9e3a9c3be5d2084671bc9e3a3f1c\nARG LINODE_SHA256=08461f7a9c3be5d2084671bc9e3a71cb08461f7a9c3be5d2084671bc9e3a71cb\n",
    ),
    (
        "list of digests",
        "SHA256SUMS",
        "3f1c9a7be25d08461f7a9c3be5d2084671bc9e3a9c3be5d2084671bc9e3a3f1c  linode-1.0.tar.gz\n",
    ),
    (
        "commit",
        "CHANGES.md",
        "Cloudflare: commit 3f1c9a7be25d08461f7a9c3be5d2084671bc9e3a, see https://github.com/cloudflare/x/commit/9c3be5d2084671bc9e3a3f1c9a7be25d08461f7a\n",
    ),
    (
        "subresource integrity",
        "index.html",
        "<script src=\"https://cdn.acme.example/tomtom.js\" integrity=\"sha384-q8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0s\">",
    ),
    (
        "password hash",
        "users.sql",
        "INSERT INTO users VALUES ('ada', '$2b$12$q8Zr2LmX9Tb4Rb8Vn1Kc5.Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1K');",
    ),
    (
        "ids",
        "a.json",
        "{\"snyk\": {\"org_id\": \"3f1c9a7b-e25d-4846-9f7a-9c3be5d20846\", \"project_id\": \"9c3be5d2-0846-41bc-9e3a-3f1c9a7be25d\"}}",
    ),
    // Stand-ins and references
    (
        "placeholder",
        ".env.example",
        "STRIPE_API_KEY=sk_live_xxxxxxxxxxxxxxxxxxxxxxxx\nSLACK_TOKEN=xoxb-your-token-here\n",
    ),
    (
        "masked",
        "a.log",
        "datadog api_key: ab12...ef90 token=****************abcd\n",
    ),
    (
        "shell",
        "a.sh",
        "export GITHUB_TOKEN=\"${GITHUB_TOKEN:?}\" DB_PASSWORD=$(cat /run/secrets/db)\n",
    ),
    (
        "workflow",
        "ci.yml",
        "env:\n  NPM_TOKEN: ${{ secrets.NPM_TOKEN }}\n",
    ),
    (
        "gitlab",
        ".gitlab-ci.yml",
        "variables:\n  DEPLOY_TOKEN: $CI_DEPLOY_PASSWORD\n",
    ),
    (
        "azure pipelines",
        "azure-pipelines.yml",
        "env:\n  API_TOKEN: $(ApiToken)\n",
    ),
    (
        "compose",
        "compose.yml",
        "environment:\n  POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-}\n  API_KEY_FILE: /run/secrets/api_key\n",
    ),
    (
        "helm",
        "values.yaml",
        "password: {{ .Values.db.password | b64enc }}\nexistingSecret: acme-credentials\n",
    ),
    (
        "kubernetes",
        "deploy.yaml",
        "env:\n- name: API_KEY\n  valueFrom:\n    secretKeyRef:\n      name: acme-secrets\n      key: api-key\n",
    ),
    (
        "terraform",
        "main.tf",
        "password = var.db_password\ntoken = data.vault_generic_secret.acme.data[\"token\"]\n",
    ),
    (
        "cloudformation",
        "stack.yml",
        "MasterUserPassword: !Ref DbPassword\nApiKey: !Sub '{{resolve:secretsmanager:acme:SecretString:key}}'\n",
    ),
    (
        "vault",
        "config.yml",
        "password: vault:secret/data/acme#password\ntoken: ref+vault://secret/acme#/token\n",
    ),
    (
        "1password",
        ".env",
        "API_TOKEN=op://Private/Acme/credential\n",
    ),
    (
        "systems manager",
        "serverless.yml",
        "apiKey: ${ssm:/acme/api-key}\ntoken: arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-q8Zr2L\n",
    ),
    (
        "key vault",
        "appsettings.json",
        "{\"ApiKey\": \"@Microsoft.KeyVault(SecretUri=https://acme.vault.azure.net/secrets/key/)\"}",
    ),
    (
        "code",
        "a.py",
        "api_key = os.environ['API_KEY']\npassword = getpass.getpass()\ntoken = config.get('acme', 'token')\n",
    ),
    (
        "jinja, erb, mustache",
        "a.conf",
        "password={{ db_password }}\ntoken=<%= ENV['TOKEN'] %>\nkey={{{apiKey}}}\n",
    ),
    (
        "names of names",
        "a.go",
        "const tokenHeader = \"X-Acme-Token\"\nconst secretName = \"acme-api-secret-name\"\n",
    ),
    (
        "translation",
        "en.json",
        "{\"label.password\": \"Password\", \"api.key.hint\": \"Enter your API key\"}",
    ),
];

/// What is meant to be seen: reported for information at most.
const PUBLISHED: &[(&str, &str)] = &[
    (
        "stripe publishable key",
        "const stripe = Stripe('pk_live_q8Zr2LmX9Tb4Rb8Vn1Kc5Wy3');",
    ),
    (
        "firebase web configuration",
        "const firebaseConfig = {\n  apiKey: \"AIzaSyq8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHa\",\n  authDomain: \"acme.firebaseapp.com\",\n  projectId: \"acme\",\n};",
    ),
    (
        "mapbox public token",
        "mapboxgl.accessToken = 'pk.eyJ1IjoiYWNtZSIsImEiOiJja3E4enIybG14OXRiNHJiOHZuMWtjNXd5In0.q8Zr2LmX9Tb4Rb8Vn1Kc5W';",
    ),
    (
        "recaptcha site key",
        "<div class=\"g-recaptcha\" data-sitekey=\"6Lcq8ZrAAAAALmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sH\"></div>",
    ),
    (
        "sentry dsn",
        "Sentry.init({ dsn: 'https://9c3be5d2084671bc9e3a3f1c9a7be25d@o123456.ingest.sentry.io/1234567' });",
    ),
    (
        "posthog project key",
        "posthog.init('phc_q8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9T')",
    ),
    (
        "supabase publishable key",
        "const key = 'sb_publishable_q8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0s'",
    ),
    (
        "new relic browser key",
        "licenseKey: \"NRJS-0a1f7c92e5b3d846f71\"",
    ),
];

/// A test-mode key and the same one of the real mode.
const TEST_MODES: &[(&str, &str)] = &[
    (
        "STRIPE=sk_test_q8Zr2LmX9Tb4Rb8Vn1Kc5Wy3",
        "STRIPE=sk_live_q8Zr2LmX9Tb4Rb8Vn1Kc5Wy3",
    ),
    (
        "STRIPE=rk_test_q8Zr2LmX9Tb4Rb8Vn1Kc5Wy3",
        "STRIPE=rk_live_q8Zr2LmX9Tb4Rb8Vn1Kc5Wy3",
    ),
    (
        "RAZORPAY_KEY_ID=rzp_test_q8Zr2LmX9Tb4Rb\nRAZORPAY_KEY_SECRET=Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4",
        "RAZORPAY_KEY_ID=rzp_live_q8Zr2LmX9Tb4Rb\nRAZORPAY_KEY_SECRET=Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4",
    ),
    (
        "PAYSTACK=sk_test_3f1c9a7be25d08461f7a9c3be5d2084671bc9e3a",
        "PAYSTACK=sk_live_3f1c9a7be25d08461f7a9c3be5d2084671bc9e3a",
    ),
    (
        "MOLLIE_API_KEY=test_q8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0",
        "MOLLIE_API_KEY=live_q8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0",
    ),
    (
        "FLW=FLWSECK_TEST-3f1c9a7be25d08461f7a9c3be5d20846-X",
        "FLW=FLWSECK-3f1c9a7be25d08461f7a9c3be5d20846-X",
    ),
];

struct Judge {
    patterns: Patterns,
    matcher: Matcher,
}

impl Judge {
    fn new() -> Judge {
        let patterns = Patterns::builtin();
        let matcher = Matcher::new(Arc::new(patterns.index()), Options::default());
        Judge { patterns, matcher }
    }

    /// What is reported by default: kinds and their severity.
    fn reported(&self, path: &str, text: &str) -> Vec<(String, Severity)> {
        let place = Context {
            path: path.as_bytes(),
            source: SourceKind::Tree,
        };
        let told = self.matcher.scan(text.as_bytes(), &place);
        let told = told.iter().filter(|m| m.confidence >= Confidence::Medium);
        let severity = |id: &str| self.patterns.find(id).map(|kind| kind.severity());
        told.filter_map(|m| Some((m.kind.to_string(), severity(&m.kind)?)))
            .collect()
    }
}

#[test]
fn what_is_no_leak_is_not_reported() {
    let judge = Judge::new();
    let mut wrong = Vec::new();
    for (what, path, text) in NOTHING {
        let told = judge.reported(path, text);
        if !told.is_empty() {
            wrong.push(format!("{what}: {told:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_is_published_on_purpose_is_for_information_only() {
    let judge = Judge::new();
    let mut wrong = Vec::new();
    for (what, text) in PUBLISHED {
        let told = judge.reported("web/app.js", text);
        if told.iter().any(|(_, severity)| *severity != Severity::Info) {
            wrong.push(format!("{what}: {told:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_key_of_a_test_environment_is_less_severe() {
    let judge = Judge::new();
    for (test, live) in TEST_MODES {
        let worst = |text| {
            judge
                .reported(".env", text)
                .into_iter()
                .map(|(_, s)| s)
                .max()
        };
        let (test_severity, live_severity) = (worst(test), worst(live));
        assert!(live_severity.is_some(), "{live}");
        assert!(
            test_severity < live_severity,
            "{test}: {test_severity:?} and {live_severity:?}"
        );
    }
}
