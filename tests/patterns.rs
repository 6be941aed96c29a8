//! What must be true of the files in `patterns/`.

use std::fs;
use std::path::Path;
use std::process::Command;

use unleak::pattern::problem::Weight;
use unleak::pattern::{lint, load};

/// The files of this project, as the build script reads them.
fn ours() -> Vec<load::Loaded> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns");
    load::directory(&dir).unwrap_or_else(|problems| {
        let all: String = problems
            .iter()
            .map(|problem| format!("{problem}\n\n"))
            .collect();
        panic!("{} files cannot be read:\n\n{all}", problems.len())
    })
}

#[test]
fn patterns_lint() {
    let problems = lint::all(&ours());
    let grave: Vec<_> = problems
        .iter()
        .filter(|it| it.weight > Weight::Advice)
        .collect();
    let all: String = grave
        .iter()
        .map(|problem| format!("{problem}\n\n"))
        .collect();
    assert!(grave.is_empty(), "{} problems:\n\n{all}", grave.len());
}

/// Those whose console and hotline people read in Chinese.
const CHINESE: &str = "agora alibaba alipay amap baichuan baidu baidu-map bilibili coding coze dashscope deepseek dingtalk \
    douyin easemob ezviz feishu getui gitee huawei iflytek jdcloud jpush juhe kingsoft leancloud minimax modelscope moonshot \
    ppio pushplus qiniu qweather rongcloud serverchan siliconflow stepfun tencent tencent-map ucloud upyun volcengine \
    wechat wecom weibo wxpusher youdao yunxin yuque zego zhipu";

#[test]
fn what_is_to_be_done_at_chinese_providers_is_said_in_chinese() {
    let is_chinese = |step: &String| step.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let ours = ours();
    for id in CHINESE.split_whitespace() {
        let one = ours.iter().find(|one| one.provider.id == id);
        let provider = &one.unwrap_or_else(|| panic!("no {id}")).provider;
        let rotations = provider
            .secret
            .iter()
            .filter_map(|kind| kind.rotate.as_ref());
        for rotate in rotations.chain([&provider.rotate]) {
            assert_eq!(rotate.steps.len(), rotate.steps_zh.len(), "{id}");
            assert!(rotate.steps_zh.iter().all(is_chinese), "{id}");
        }
    }
}

/// Runs `unleak patterns` and gives back its exit code and what it wrote to standard output.
fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unleak"));
    command.arg("patterns").args(arguments).env_clear();
    let output = command.output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

const SOUND: &str = r#"id = "mine"
name = "Mine"
docs = "https://mine.example"
[[secret]]
id = "mine-token"
name = "Token"
severity = "high"
keywords = ["minetok_"]
regex = '\b(?<secret>minetok_[a-z0-9]{24})\b'
verify = "whoami"
matches = ["t = minetok_7gq2lmx9zt4rb8vn1kc5wy3p"]
ignores = ["minetok_short"]
[call.whoami]
method = "GET"
url = "https://mine.example/me"
headers = { Authorization = "Bearer {{secret}}" }
effect = "none"
live = [{ status = [200], json = ["/id"] }]
dead = [{ status = [401] }]
replies = [
  { status = 200, body = '{"id":7}', means = "live" },
  { status = 401, means = "dead" },
]
[rotate]
steps = ["Make a new one."]
"#;

#[test]
fn a_writer_is_told_by_lint_and_test_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("mine.toml");
    let path = file.to_str().unwrap();

    fs::write(&file, SOUND).unwrap();
    assert_eq!(run(&["lint", path]), (Some(0), String::new()));
    assert_eq!(run(&["test", path]), (Some(0), String::new()));

    fs::write(&file, SOUND.replace("[a-z0-9]{24}", "[a-z0-9]+")).unwrap();
    let (code, said) = run(&["lint", path]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("mine.toml:9:9: error: mine-token: repeats without bound"),
        "{said}"
    );

    fs::write(
        &file,
        SOUND.replace("minetok_short", "x minetok_7gq2lmx9zt4rb8vn1kc5wy3p"),
    )
    .unwrap();
    let (code, said) = run(&["test", path]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("mine-token: ignores[0]: it is found in"),
        "{said}"
    );

    fs::write(
        &file,
        SOUND.replace("{ status = 401, means", "{ status = 402, means"),
    )
    .unwrap();
    let (code, said) = run(&["test", path]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("whoami: replies[1] means dead, is judged unknown"),
        "{said}"
    );
}

#[test]
fn steps_that_only_tell_what_is_dead_are_judged_like_checks() {
    for file in ["patterns/aws.toml", "patterns/sonarqube.toml"] {
        assert_eq!(run(&["test", file]), (Some(0), String::new()), "{file}");
    }
}

#[test]
fn a_users_kind_is_listed_and_shown_beside_ours() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("mine.toml"), SOUND).unwrap();
    let further = dir.path().to_str().unwrap();
    let (code, text) = run(&["list", "--format", "json", "--patterns", further]);
    assert_eq!(code, Some(0));
    let kinds: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let mine = kinds
        .iter()
        .find(|kind| kind["id"] == "mine-token")
        .unwrap();
    assert_eq!(mine["provider"], "mine");
    assert_eq!(mine["verify"], "whoami");
    assert!(mine["freeze"].is_null());
    assert!(kinds.len() > 1);
    let (code, text) = run(&["show", "mine-token", "--patterns", further]);
    assert_eq!(code, Some(0));
    assert!(
        text.contains("whoami: GET https://mine.example/me, leaves none"),
        "{text}"
    );
    assert_eq!(run(&["show", "no-such-kind"]), (Some(2), String::new()));
}

#[test]
#[allow(clippy::disallowed_methods)] // Only a person at the keyboard sets this variable.
fn the_readme_lists_the_providers_there_are() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let begin = "<!-- unleak patterns list --format markdown -->\n";
    let (before, rest) = readme.split_once(begin).unwrap();
    let (listed, after) = rest.split_once("<!-- end -->").unwrap();
    let (code, table) = run(&["list", "--format", "markdown"]);
    assert_eq!(code, Some(0));
    if std::env::var_os("UNLEAK_UPDATE_README").is_some() {
        fs::write(&path, format!("{before}{begin}{table}<!-- end -->{after}")).unwrap();
        return;
    }
    let remedy = "UNLEAK_UPDATE_README=1 cargo test --test main the_readme brings it up to date";
    assert!(
        listed == table,
        "README.md lists other providers than there are: {remedy}"
    );
}
