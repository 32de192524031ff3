//! Payloads as the programs named here send them: shortened, their fields as they are.

use super::*;

fn lines(body: &str) -> Vec<String> {
    let posted = read(body.as_bytes()).expect("it is a message");
    let label = posted.label.unwrap_or_default();
    let lines = posted.text.lines().map(str::to_owned);
    std::iter::once(label).chain(lines).collect()
}

#[test]
fn a_text_in_json_or_in_a_form() {
    let expected = ["", "built in 3 s", "http://ci/1"];
    assert_eq!(lines(r#"{"text":"built in 3 s\nhttp://ci/1"}"#), expected);
    assert_eq!(
        lines("payload=%7B%22text%22%3A%22built+in+3+s%5Cnhttp%3A%2F%2Fci%2F1%22%7D\n"),
        expected
    );
    let posted = lines(r##"{"channel":"#general","username":" Build  server ","text":"x"}"##);
    assert_eq!(posted, ["Build server", "x"]);
}

#[test]
fn alertmanager() {
    let body = r#"{"channel":"alerts","username":"Alertmanager","attachments":[{
        "title":"[FIRING:1] DiskFull (web1 critical)","title_link":"http://am:9093/#/alerts?receiver=papo",
        "text":"","fallback":"[FIRING:1] DiskFull | http://am:9093/","callback_id":"","footer":"",
        "fields":[{"title":"Severity","value":"critical","short":true}],
        "color":"danger","mrkdwn_in":["fallback","pretext","text"]}]}"#;
    let expected = [
        "Alertmanager",
        "[FIRING:1] DiskFull (web1 critical) http://am:9093/#/alerts?receiver=papo",
        "Severity: critical",
    ];
    assert_eq!(lines(body), expected);
}

#[test]
fn grafana() {
    let body = r##"{"channel":"","username":"Grafana","attachments":[{"title":"[FIRING:1] High CPU",
        "title_link":"http://grafana/alerting/list","text":"**Firing**\n\nValue: A=93.1\n",
        "fallback":"[FIRING:1] High CPU","footer":"Grafana v11","ts":1764000000,"color":"#D63232"}]}"##;
    let expected = [
        "Grafana",
        "[FIRING:1] High CPU http://grafana/alerting/list",
        "**Firing**",
        "Value: A=93.1",
    ];
    assert_eq!(lines(body), expected);
}

#[test]
fn uptime_kuma() {
    let body = r##"{"text":"Uptime Kuma Alert","username":"Uptime Kuma","icon_emoji":":x:","attachments":[{
        "color":"#e01e5a","blocks":[
        {"type":"header","text":{"type":"plain_text","text":"Uptime Kuma Alert"}},
        {"type":"section","fields":[{"type":"mrkdwn","text":"*Message*\n[web] timeout"},
            {"type":"mrkdwn","text":"*Time (UTC)*\n2026-11-27 11:00:00"}]},
        {"type":"actions","elements":[{"type":"button","url":"https://kuma",
            "text":{"type":"plain_text","text":"Visit Uptime Kuma"}}]}]}]}"##;
    let expected = [
        "Uptime Kuma",
        "Uptime Kuma Alert",
        "*Message*",
        "[web] timeout",
        "*Time (UTC)*",
        "2026-11-27 11:00:00",
    ];
    assert_eq!(lines(body), expected);
}

#[test]
fn marks_are_written_out() {
    for (text, expected) in [
        ("<http://a/b|the log> & more", "the log (http://a/b) & more"),
        ("see <https://a>", "see https://a"),
        ("<mailto:a@b|a@b>", "a@b (mailto:a@b)"),
        (
            "<!here> <!channel|channel> <@U1> <#C1|ops>",
            "@here channel @U1 ops",
        ),
        ("1 &lt; 2 &amp;lt; <3 > a < b", "1 < 2 &lt; <3 > a < b"),
        ("<", "<"),
    ] {
        let json = serde_json::json!({ "text": text }).to_string();
        assert_eq!(lines(&json)[1..], [expected], "{text}");
    }
}

#[test]
fn what_says_nothing_is_refused_in_slacks_words() {
    for (body, fault) in [
        ("", Fault::InvalidPayload),
        ("hello", Fault::InvalidPayload),
        ("{\"text\":", Fault::InvalidPayload),
        ("payload=[]", Fault::InvalidPayload),
        ("{}", Fault::NoText),
        (r#"{"text":" \n "}"#, Fault::NoText),
        (
            r#"{"text":{"a":1},"attachments":[1,{}],"blocks":"x"}"#,
            Fault::NoText,
        ),
    ] {
        assert_eq!(read(body.as_bytes()), Err(fault), "{body}");
    }
    assert_eq!(read(b"{\"text\":\"\xff\"}"), Err(Fault::InvalidPayload));
    // What a block's text falls back to, and a fallback alone.
    assert_eq!(
        lines(r#"{"blocks":[{"type":"section","text":{"type":"mrkdwn","text":"deployed"}}]}"#),
        ["", "deployed"]
    );
    assert_eq!(
        lines(r#"{"attachments":[{"fallback":"plain"}]}"#),
        ["", "plain"]
    );
}

#[test]
fn honest_repeats_stay_and_what_nobody_sees_goes() {
    assert_eq!(lines(r#"{"text":"retry\nretry"}"#), ["", "retry", "retry"]);
    let twice = r#"{"text":"a\nb","attachments":[{"text":"a\nb\nc"}]}"#;
    assert_eq!(lines(twice), ["", "a", "b", "c"]);
    assert_eq!(lines(r#"{"text":"  indented\u0007"}"#)[1], "  indented");
    assert_eq!(
        read(r#"{"text":"\u200b\n\u2800"}"#.as_bytes()),
        Err(Fault::NoText)
    );
    let both = r#"{"text":"seen in notifications","blocks":[{"text":{"text":"read"}}]}"#;
    assert_eq!(lines(both), ["", "read"]);
    let marked = "\u{feff}{\"text\":\"from Windows\"}";
    assert_eq!(lines(marked)[1], "from Windows");
    let rich = r#"{"blocks":[{"type":"rich_text","elements":[{"elements":[{"text":"a"}]}]},
        {"type":"markdown","text":"b"}]}"#;
    assert_eq!(lines(rich), ["", "a", "b"]);
}

#[test]
fn rich_text_keeps_its_rows_lists_and_links() {
    let body = r#"{"blocks":[{"type":"rich_text","elements":[
        {"type":"rich_text_section","elements":[{"type":"text","text":"built "},
            {"type":"link","url":"http://ci/1","text":"no. 1"},{"type":"emoji","name":"tada"},
            {"type":"text","text":"\nby "},{"type":"user","user_id":"U1"}]},
        {"type":"rich_text_list","style":"bullet","elements":[
            {"type":"rich_text_section","elements":[{"type":"text","text":"one"}]},
            {"type":"rich_text_section","elements":[{"type":"link","url":"http://ci/2"}]}]},
        {"type":"rich_text_preformatted","elements":[{"type":"text","text":"a\n  b"}]}]}]}"#;
    let expected = [
        "",
        "built no. 1 (http://ci/1):tada:",
        "by @U1",
        "- one",
        "- http://ci/2",
        "a",
        "  b",
    ];
    assert_eq!(lines(body), expected);
}

/// Each sign is looked at a few times, not once for each other: else this would not end.
#[test]
fn no_payload_takes_long() {
    let body = |text: &str| serde_json::json!({ "text": text }).to_string();
    for text in [
        "<".repeat(1 << 20),
        "<".repeat(1 << 20) + ">",
        "a\n".repeat(1 << 19),
    ] {
        assert!(read(body(&text).as_bytes()).is_ok());
    }
}
