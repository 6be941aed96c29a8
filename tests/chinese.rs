//! Chinese clouds and platforms in the forms that their documentation and SDK samples use. Every
//! value is made up; `<NAME>` stands for one of them.

use std::sync::Arc;

use unleak::finding::SourceKind;
use unleak::matcher::{Context, Matcher, Options};
use unleak::pattern::Patterns;

/// Made-up values, by the name they have in the texts.
const VALUES: &[(&str, &str)] = &[
    ("<LTAI>", "LTAI5tQ8Zr2LmX9Tb4Rb8Vn1"),
    ("<LTAI16>", "LTAIq8Zr2LmX9Tb4"),
    ("<OLD16>", "q8Zr2LmX9Tb4Rb8V"),
    ("<ALI30>", "Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1"),
    ("<STSID>", "STS.NUq8Zr2LmX9Tb4Rb8Vn1Kc5Wy"),
    ("<STS44>", "Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sH"),
    (
        "<CAIS>",
        "CAISq8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9",
    ),
    ("<AKID>", "AKIDq8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sH"),
    ("<A32>", "Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ"),
    ("<HW20>", "Q8ZR2LMX9TB4RB8VN1KC"),
    ("<HW40>", "Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7d"),
    ("<AKLT>", "AKLTZr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9Tb"),
    (
        "<VOLCSK>",
        "Wm1Jd2Ntc4TkdVMlphUTR0Rm1KWkdNMVoyUVR0Zr2LmX9Tb4Rb8V==",
    ),
    ("<UUID>", "3f1c9a7b-e25d-4846-9f7a-9c3be5d20846"),
    ("<ALTAK>", "ALTAKq8Zr2LmX9Tb4Rb8Vn1Kc5"),
    ("<HEX16>", "8ac3be5d20846f17"),
    ("<HEX24>", "e25d08461f7a9c3be5d20846"),
    ("<HEX32>", "9c3be5d2084671bc9e3a3f1c9a7be25d"),
    ("<HEX32B>", "08461f7a9c3be5d2084671bc9e3a71cb"),
    ("<HEX40>", "3f1c9a7be25d08461f7a9c3be5d2084671bc9e3a"),
    (
        "<HEX64>",
        "3f1c9a7be25d08461f7a9c3be5d2084671bc9e3a9c3be5d2084671bc9e3a3f1c",
    ),
    ("<A22>", "Rb8Vn1Kc5Wy3Ph7dJ0sHaQ"),
    ("<A24>", "Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Z"),
    ("<B22>", "Kc5Wy3Ph7dJ0sHaQ8Zr2Lm"),
    ("<A40>", "Wy3Ph7dJ0sHaQ8Zr2Lm_9Tb4Rb8Vn1Kc5Wy3Ph7d"),
    ("<B40>", "Tb4Rb8Vn1Kc5Wy3Ph7dWy3Ph7dJ0sHaQ8Zr2Lm-9"),
    ("<A43>", "Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0s"),
    ("<A48>", "Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Z"),
    (
        "<A64>",
        "Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1K",
    ),
    ("<MAP>", "Q8ZR2-LMX9T-B4RB8-VN1KC-5WY3P-H7DJ0"),
];

/// Form, path, text, the kind it must be.
const FORMS: &[(&str, &str, &str, &str)] = &[
    // Alibaba Cloud
    (
        "environment",
        ".env",
        "ALIBABA_CLOUD_ACCESS_KEY_ID=<LTAI>\nALIBABA_CLOUD_ACCESS_KEY_SECRET=<ALI30>\n",
        "alibaba-access-key",
    ),
    (
        "properties",
        "app.properties",
        "aliyun.accessKeyId=<LTAI>\naliyun.accessKeySecret=<ALI30>\n",
        "alibaba-access-key",
    ),
    (
        "yaml",
        "application.yml",
        "aliyun:\n  oss:\n    endpoint: oss-cn-hangzhou.aliyuncs.com\n    access-key-id: <LTAI>\n    access-key-secret: <ALI30>\n",
        "alibaba-access-key",
    ),
    (
        "json of the command line",
        ".aliyun/config.json",
        "{\"profiles\":[{\"name\":\"default\",\"mode\":\"AK\",\"access_key_id\":\"<LTAI>\",\"access_key_secret\":\"<ALI30>\",\"region_id\":\"cn-hangzhou\"}]}",
        "alibaba-access-key",
    ),
    (
        "ossutil",
        ".ossutilconfig",
        "[Credentials]\nlanguage=CH\nendpoint=oss-cn-hangzhou.aliyuncs.com\naccessKeyID=<LTAI>\naccessKeySecret=<ALI30>\n",
        "alibaba-access-key",
    ),
    (
        "xml",
        "applicationContext.xml",
        "<bean id=\"ossClient\">\n  <property name=\"accessKeyId\" value=\"<LTAI>\"/>\n  <property name=\"accessKeySecret\" value=\"<ALI30>\"/>\n</bean>",
        "alibaba-access-key",
    ),
    (
        "php array",
        "config/filesystems.php",
        "'oss' => [\n    'access_id' => '<LTAI>',\n    'access_key' => '<ALI30>',\n    'bucket' => 'acme',\n],",
        "alibaba-access-key",
    ),
    (
        "terraform",
        "main.tf",
        "provider \"alicloud\" {\n  access_key = \"<LTAI>\"\n  secret_key = \"<ALI30>\"\n  region     = \"cn-beijing\"\n}",
        "alibaba-access-key",
    ),
    (
        "positional arguments",
        "a.py",
        "auth = oss2.Auth('<LTAI>', '<ALI30>')",
        "alibaba-access-key",
    ),
    (
        "positional arguments, java",
        "A.java",
        "IClientProfile profile = DefaultProfile.getProfile(\"cn-hangzhou\", \"<LTAI>\", \"<ALI30>\");",
        "alibaba-access-key",
    ),
    (
        "go constructor",
        "a.go",
        "client, err := oss.New(\"https://oss-cn-hangzhou.aliyuncs.com\", \"<LTAI>\", \"<ALI30>\")",
        "alibaba-access-key",
    ),
    (
        "id and secret far apart",
        "a.js",
        "const id = '<LTAI>';\n// FILLER\nconst accessKeySecret = '<ALI30>';",
        "alibaba-access-key",
    ),
    (
        "sixteen-character id with its mark",
        ".env",
        "OSS_ACCESS_KEY_ID=<LTAI16>\nOSS_ACCESS_KEY_SECRET=<ALI30>\n",
        "alibaba-access-key",
    ),
    (
        "id of before 2017",
        "aliyun.properties",
        "aliyun.oss.accessKeyId=<OLD16>\naliyun.oss.accessKeySecret=<ALI30>\n",
        "alibaba-legacy-access-key",
    ),
    (
        "id alone",
        "a.conf",
        "accessKeyId: <LTAI>\n",
        "alibaba-access-key-id",
    ),
    (
        "sts triple",
        "sts.json",
        "{\"Credentials\":{\"SecurityToken\":\"<CAIS>\",\"AccessKeyId\":\"<STSID>\",\"AccessKeySecret\":\"<STS44>\",\"Expiration\":\"2026-01-01T00:00:00Z\"}}",
        "alibaba-sts",
    ),
    (
        "dashscope",
        ".env",
        "DASHSCOPE_API_KEY=sk-<HEX32>\n",
        "dashscope-api-key",
    ),
    (
        "dashscope, python",
        "a.py",
        "import dashscope\ndashscope.api_key = \"sk-<HEX32>\"\n",
        "dashscope-api-key",
    ),
    (
        "dashscope through another SDK",
        "a.py",
        "client = OpenAI(\n    api_key=\"sk-<HEX32>\",\n    base_url=\"https://dashscope.aliyuncs.com/compatible-mode/v1\",\n)",
        "dashscope-api-key",
    ),
    (
        "dingtalk robot",
        "notify.sh",
        "curl 'https://oapi.dingtalk.com/robot/send?access_token=<HEX64>' -d '{}'",
        "dingtalk-robot-webhook",
    ),
    (
        "dingtalk signature",
        "a.py",
        "secret = 'SEC<HEX64>'",
        "dingtalk-robot-sign-secret",
    ),
    (
        "dingtalk app",
        "application.yml",
        "dingtalk:\n  app-key: dingq8zr2lmx9tb4rb8v\n  app-secret: <A64>\n",
        "dingtalk-app-secret",
    ),
    (
        "alipay, bare base64",
        "AlipayConfig.java",
        "public static String merchant_private_key = \"<PKCS8>\";",
        "alipay-app-private-key",
    ),
    (
        "alipay, php array",
        "alipay.php",
        "'alipay' => [\n  'app_id' => '2021001234567890',\n  'merchant_private_key' => '<PKCS8>',\n],",
        "alipay-app-private-key",
    ),
    // Tencent Cloud and WeChat
    (
        "tencent, environment",
        ".env",
        "TENCENTCLOUD_SECRET_ID=<AKID>\nTENCENTCLOUD_SECRET_KEY=<A32>\n",
        "tencent-cloud-key",
    ),
    (
        "tencent, command line",
        ".tccli/default.credential",
        "{\n    \"secretId\": \"<AKID>\",\n    \"secretKey\": \"<A32>\"\n}",
        "tencent-cloud-key",
    ),
    (
        "tencent, coscmd",
        ".cos.conf",
        "[common]\nsecret_id = <AKID>\nsecret_key = <A32>\nbucket = acme-1250000000\n",
        "tencent-cloud-key",
    ),
    (
        "tencent, positional",
        "a.py",
        "cred = credential.Credential(\"<AKID>\", \"<A32>\")",
        "tencent-cloud-key",
    ),
    (
        "tencent, terraform",
        "main.tf",
        "provider \"tencentcloud\" {\n  secret_id  = \"<AKID>\"\n  secret_key = \"<A32>\"\n}",
        "tencent-cloud-key",
    ),
    (
        "tencent, php",
        "cos.php",
        "$client = new Qcloud\\Cos\\Client(array('credentials' => array('secretId' => '<AKID>', 'secretKey' => '<A32>')));",
        "tencent-cloud-key",
    ),
    (
        "tencent, id alone",
        "a.yml",
        "secretId: <AKID>\n",
        "tencent-cloud-secret-id",
    ),
    (
        "wechat",
        "application.yml",
        "wx:\n  miniapp:\n    appid: wx8ac3be5d20846f17\n    secret: <HEX32>\n",
        "wechat-app-secret",
    ),
    (
        "wechat, php array",
        "wechat.php",
        "return [\n  'app_id' => 'wx8ac3be5d20846f17',\n  'secret' => '<HEX32>',\n];",
        "wechat-app-secret",
    ),
    (
        "wechat, address",
        "a.js",
        "const url = 'https://api.weixin.qq.com/sns/jscode2session?appid=wx8ac3be5d20846f17&secret=<HEX32>&js_code=' + code;",
        "wechat-app-secret",
    ),
    (
        "wechat pay v2",
        "pay.properties",
        "wxpay.mchId=1234567890\nwxpay.mchKey=<A32>\n",
        "wechat-pay-key",
    ),
    (
        "wechat pay v3",
        "application.yml",
        "wechat:\n  pay:\n    mch-id: 1234567890\n    api-v3-key: <A32>\n",
        "wechat-pay-key",
    ),
    (
        "wechat pay v3, go",
        "a.go",
        "var mchAPIv3Key = \"<A32>\" // wechatpay\n",
        "wechat-pay-key",
    ),
    (
        "wecom",
        ".env",
        "WECOM_CORP_ID=ww8ac3be5d20846f17\nWECOM_CORP_SECRET=<A43>\n",
        "wecom-app-secret",
    ),
    (
        "wecom robot",
        "a.sh",
        "curl 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=<UUID>'",
        "wecom-robot-webhook",
    ),
    (
        "tencent maps",
        "a.js",
        "const key = '<MAP>'; // apis.map.qq.com\n",
        "tencent-map-key",
    ),
    // Huawei, Baidu, Volcengine, Kingsoft, JD, UCloud, Qiniu, Upyun
    (
        "huawei, environment",
        ".env",
        "HUAWEICLOUD_SDK_AK=<HW20>\nHUAWEICLOUD_SDK_SK=<HW40>\n",
        "huawei-access-key",
    ),
    (
        "huawei, terraform",
        "main.tf",
        "provider \"huaweicloud\" {\n  access_key = \"<HW20>\"\n  secret_key = \"<HW40>\"\n}",
        "huawei-access-key",
    ),
    (
        "huawei, positional",
        "A.java",
        "ObsClient obs = new ObsClient(\"<HW20>\", \"<HW40>\", \"https://obs.cn-north-4.myhuaweicloud.com\");",
        "huawei-access-key",
    ),
    (
        "huawei, secret alone",
        ".env",
        "HUAWEICLOUD_SDK_SK=<HW40>\n",
        "huawei-access-key",
    ),
    (
        "baidu",
        "bce.properties",
        "bce.accessKeyId=<ALTAK>\nbce.secretAccessKey=<HEX32>\n",
        "baidu-access-key",
    ),
    (
        "baidu, before 2023",
        "a.py",
        "config = BceClientConfiguration(credentials=BceCredentials(access_key_id='<HEX32>', secret_access_key='<HEX32B>'), endpoint='bj.bcebos.com')",
        "baidu-legacy-access-key",
    ),
    (
        "qianfan",
        ".env",
        "QIANFAN_BEARER=bce-v3/ALTAK-q8Zr2LmX9Tb4Rb8Vn1Kc5/<HEX40>\n",
        "baidu-qianfan-api-key",
    ),
    (
        "baidu ai, positional",
        "a.py",
        "from aip import AipOcr\nclient = AipOcr('12345678', '<A24>', '<A32>')\n",
        "baidu-ai-app-key",
    ),
    (
        "baidu maps",
        "index.html",
        "<script src=\"https://api.map.baidu.com/api?v=3.0&ak=<A32>\"></script>",
        "baidu-map-ak",
    ),
    (
        "volcengine",
        ".env",
        "VOLC_ACCESSKEY=<AKLT>\nVOLC_SECRETKEY=<VOLCSK>\n",
        "volcengine-access-key",
    ),
    (
        "volcengine, command line",
        ".volc/config",
        "{\"ak\":\"<AKLT>\",\"sk\":\"<VOLCSK>\"}",
        "volcengine-access-key",
    ),
    (
        "ark",
        ".env",
        "ARK_API_KEY=<UUID>\n",
        "volcengine-ark-api-key",
    ),
    (
        "ark, python",
        "a.py",
        "client = Ark(api_key=\"<UUID>\", base_url=\"https://ark.cn-beijing.volces.com/api/v3\")",
        "volcengine-ark-api-key",
    ),
    (
        "kingsoft",
        "ks3.properties",
        "ks3.accessKey=AKLTq8Zr2LmX9Tb4Rb8Vn1\nks3.secretKey=Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sH\n",
        "kingsoft-access-key",
    ),
    (
        "jd cloud",
        ".env",
        "JDCLOUD_ACCESS_KEY=JDC_Q8ZR2LMX9TB4RB8VN1KC5WY3PH7D\nJDCLOUD_SECRET_KEY=<A32>\n",
        "jdcloud-access-key",
    ),
    (
        "ucloud",
        ".ucloud/credential.json",
        "[{\"profile\":\"default\",\"public_key\":\"Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8V\",\"private_key\":\"<HW40>\",\"base_url\":\"https://api.ucloud.cn/\"}]",
        "ucloud-api-key",
    ),
    (
        "qiniu",
        "a.py",
        "from qiniu import Auth\nq = Auth('<A40>', '<B40>')\n",
        "qiniu-access-key",
    ),
    (
        "qiniu, yaml",
        "application.yml",
        "qiniu:\n  access-key: <A40>\n  secret-key: <B40>\n  bucket: acme\n",
        "qiniu-access-key",
    ),
    (
        "upyun",
        "upyun.php",
        "$config = new \\Upyun\\Config('bucket-acme', 'operator1', 'Kc5Wy3Ph7dJ0sHaQ'); // upyun password",
        "upyun-operator-password",
    ),
    // Feishu, Gitee, Coding, maps, push, calls
    (
        "feishu",
        "application.yml",
        "feishu:\n  app-id: cli_a8zr2lmx9tb4rb8v\n  app-secret: <A32>\n",
        "feishu-app-secret",
    ),
    (
        "feishu, positional",
        "a.go",
        "client := lark.NewClient(\"cli_a8zr2lmx9tb4rb8v\", \"<A32>\")",
        "feishu-app-secret",
    ),
    (
        "feishu robot",
        "a.sh",
        "curl https://open.feishu.cn/open-apis/bot/v2/hook/<UUID> -d '{}'",
        "feishu-robot-webhook",
    ),
    (
        "gitee",
        ".env",
        "GITEE_ACCESS_TOKEN=<HEX32>\n",
        "gitee-personal-token",
    ),
    (
        "gitee, address",
        "a.sh",
        "curl 'https://gitee.com/api/v5/user?access_token=<HEX32>'",
        "gitee-personal-token",
    ),
    (
        "coding",
        ".env",
        "CODING_ACCESS_TOKEN=<HEX40>\nHOST=acme.coding.net\n",
        "coding-personal-token",
    ),
    (
        "amap",
        "index.html",
        "<script src=\"https://webapi.amap.com/maps?v=2.0&key=<HEX32>\"></script>",
        "amap-key",
    ),
    (
        "amap, manifest",
        "AndroidManifest.xml",
        "<meta-data android:name=\"com.amap.api.v2.apikey\" android:value=\"<HEX32>\"/>",
        "amap-key",
    ),
    (
        "jpush",
        "application.yml",
        "jpush:\n  appKey: <HEX24>\n  masterSecret: 1f7a9c3be5d2084671bc9e3a\n",
        "jpush-master-secret",
    ),
    (
        "getui",
        "getui.properties",
        "getui.appId=<A22>\ngetui.masterSecret=<B22>\n",
        "getui-master-secret",
    ),
    (
        "agora",
        ".env",
        "AGORA_APP_ID=<HEX32>\nAGORA_APP_CERTIFICATE=<HEX32B>\n",
        "agora-app-certificate",
    ),
    // Models
    (
        "zhipu",
        ".env",
        "ZHIPUAI_API_KEY=<HEX32>.Rb8Vn1Kc5Wy3Ph7d\n",
        "zhipu-api-key",
    ),
    (
        "zhipu, constructor",
        "a.py",
        "client = ZhipuAI(api_key=\"<HEX32>.Rb8Vn1Kc5Wy3Ph7d\")",
        "zhipu-api-key",
    ),
    (
        "moonshot",
        "a.py",
        "client = OpenAI(api_key=\"sk-<A48>\", base_url=\"https://api.moonshot.cn/v1\")",
        "moonshot-api-key",
    ),
    (
        "siliconflow",
        ".env",
        "SILICONFLOW_API_KEY=sk-qhzrplmxitbdrbhvnokcewycphgdjasharqhzrplmxitbdrb\n",
        "siliconflow-api-key",
    ),
    (
        "stepfun",
        ".env",
        "STEPFUN_API_KEY=Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0sHaQ8Zr2LmX9Tb4Rb\n",
        "stepfun-api-key",
    ),
    (
        "iflytek",
        "a.py",
        "SPARKAI_APP_ID = '8ac3be5d'\nSPARKAI_API_SECRET = '<A32>'\nSPARKAI_API_KEY = '<HEX32>'\n",
        "iflytek-api-secret",
    ),
    // Media
    (
        "bilibili",
        "cookies.txt",
        "SESSDATA=3f1c9a7b%2C1790000000%2Ca1b2c%2A91Q8zR2LmX9Tb4Rb8Vn1Kc5Wy3Ph7dJ0s",
        "bilibili-session",
    ),
    (
        "weibo",
        ".env",
        "WEIBO_APP_KEY=1234567890\nWEIBO_APP_SECRET=<HEX32>\n",
        "weibo-app-secret",
    ),
    (
        "douyin",
        ".env",
        "DOUYIN_CLIENT_KEY=aw8zr2lmx9tb4rb8\nDOUYIN_CLIENT_SECRET=<HEX32>\n",
        "douyin-client-secret",
    ),
];

/// A private key as bare base64, as Alipay's tools make it; taken from the sample of its file.
fn pkcs8() -> &'static str {
    let file = include_str!("../patterns/alipay.toml");
    let is_value = |c: char| c.is_ascii_alphanumeric() || "+/".contains(c);
    let mut words = file.split(|c: char| !is_value(c));
    let key = words.find(|word| word.starts_with("MII") && word.len() > 700);
    key.unwrap()
}

#[test]
fn every_form_is_found_and_named() {
    let patterns = Patterns::builtin();
    let matcher = Matcher::new(Arc::new(patterns.index()), Options::default());
    let key = pkcs8();
    let filler = "nothing of interest stands here\n// ".repeat(30);
    let mut wrong = Vec::new();
    for (form, path, text, expected) in FORMS {
        let mut text = text.replace("<PKCS8>", key).replace("FILLER", &filler);
        for (name, value) in VALUES {
            text = text.replace(name, value);
        }
        let place = Context {
            path: path.as_bytes(),
            source: SourceKind::Tree,
        };
        let told = matcher.scan(text.as_bytes(), &place);
        let kinds: Vec<&str> = told.iter().map(|m| &*m.kind).collect();
        if !kinds.contains(expected) {
            wrong.push(format!("{form}: {kinds:?} instead of {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// The providers that the Chinese documentation matters for.
const PROVIDERS: &[&str] = &[
    "agora",
    "alibaba",
    "alipay",
    "amap",
    "baidu",
    "baidu-map",
    "bilibili",
    "coding",
    "dashscope",
    "dingtalk",
    "douyin",
    "feishu",
    "getui",
    "gitee",
    "huawei",
    "iflytek",
    "jdcloud",
    "jpush",
    "kingsoft",
    "minimax",
    "moonshot",
    "qiniu",
    "siliconflow",
    "stepfun",
    "tencent",
    "tencent-map",
    "ucloud",
    "upyun",
    "volcengine",
    "wechat",
    "wecom",
    "weibo",
    "zhipu",
];

#[test]
fn their_rotation_is_told_in_chinese_step_by_step() {
    let patterns = Patterns::builtin();
    for id in PROVIDERS {
        let provider = patterns.provider(id).expect(id);
        let kinds = provider.secret.iter();
        let own = kinds.filter_map(|kind| kind.rotate.as_ref());
        for rotate in own.chain([&provider.rotate]) {
            let (english, chinese) = (&rotate.steps, &rotate.steps_zh);
            assert_eq!(english.len(), chinese.len(), "{id}");
            let spoken = |step: &String| step.chars().any(|c| ('一'..='鿿').contains(&c));
            assert!(chinese.iter().all(spoken), "{id}: {chinese:?}");
        }
    }
}
