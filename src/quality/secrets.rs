//! E-mail addresses and access keys.
//!
//! Stand-ins of manuals (example.com, keys of x's) are nobody's and do not count.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, packed};

use super::census::{Census, spend};
use super::numbers;
use super::signs::Sign;

/// Calls `found` with each secret and piece of personal data of a text, and with its place. Places of
/// different kinds may come in any order and may overlap.
pub(super) fn each(text: &str, census: Census, mut found: impl FnMut(Sign, Range<usize>)) {
    if census.has(Census::AT) {
        let hits = memchr::memchr_iter(b'@', text.as_bytes());
        hits.filter_map(|at| email(text, at)).for_each(|span| found(Sign::Email, span));
    }
    keys(text).for_each(|span| found(Sign::ApiKey, span));
    if census.has(Census::DIGIT) {
        numbers::each(text, found);
    }
}

/// Longest local part and domain (RFC 5321).
const LOCAL: usize = 64;
const DOMAIN: usize = 255;

/// Domains of nobody: reserved ones, and those that manuals use in their place.
const NOBODYS: &str = "\
    example domain yourdomain mydomain test email company yourcompany mail abc xyz website site \
    yoursite yourwebsite acme host localhost server foo bar xxx mycompany mysite somewhere \
    anywhere examplecompany";

/// Ends of file names that look like a domain: `icon@2x.png`, `package@latest.js`.
const FILES: &str = "\
    png jpg jpeg gif svg webp js ts css json html txt local";

/// The address around an `@`.
fn email(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let is_local = |b: &&u8| b.is_ascii_alphanumeric() || b"._%+-".contains(b);
    let local = bytes[..at].iter().rev().take(LOCAL + 1).take_while(is_local).count();
    let is_domain = |b: &&u8| b.is_ascii_alphanumeric() || b".-".contains(b);
    let domain = bytes[at + 1..].iter().take(DOMAIN + 1).take_while(is_domain).count();
    spend(local + domain);
    let (start, end) = (at - local, at + 1 + domain);
    let domain = text[at + 1..end].trim_end_matches(['.', '-']);
    let end = at + 1 + domain.len();
    let (rest, top) = domain.rsplit_once('.')?;
    let name = rest.rsplit('.').next().unwrap_or_default();
    let is_top = (2..=24).contains(&top.len()) && top.bytes().all(|b| b.is_ascii_alphabetic());
    let is_name = !rest.is_empty() && rest.split('.').all(|label| !label.is_empty());
    let lower = name.to_ascii_lowercase();
    let before = text[..start].chars().next_back();
    let behind = bytes.get(end);
    let good = (1..=LOCAL).contains(&local)
        && bytes[start].is_ascii_alphanumeric()
        && bytes[at - 1].is_ascii_alphanumeric()
        && is_top
        && is_name
        && !before.is_some_and(|c| c == '/' || c == '@' || c.is_alphanumeric() && !is_wide(c))
        && !behind.is_some_and(|b| b"@(=_".contains(b) || b.is_ascii_alphanumeric())
        && !is_login(text, start, &text[start..at])
        && !is_stand_in(&text[start..at], &lower)
        && !FILES.split(' ').any(|file| top.eq_ignore_ascii_case(file));
    good.then_some(start..end)
}

/// Parts of names that manuals make up.
const MADE_UP: [&str; 7] =
    ["your", "user", "example", "johndoe", "janedoe", "john.doe", "jane.doe"];

fn is_stand_in(local: &str, domain: &str) -> bool {
    let local = local.to_ascii_lowercase();
    NOBODYS.split(' ').any(|name| name == domain || name == local)
        || ["your", "example", "company"].iter().any(|part| domain.contains(part))
        || MADE_UP.iter().any(|part| local.contains(part))
}

/// Accounts of machines.
const ACCOUNTS: [&str; 6] = ["git", "root", "ubuntu", "ec2-user", "azureuser", "pi"];

/// Bytes before an address in which the scheme of a web address or a command may stand.
const BEFORE: usize = 80;

/// An account on a machine, or a password before one: `https://user:pass@host`, `ssh name@host`.
fn is_login(text: &str, start: usize, local: &str) -> bool {
    let before = &text[text.ceil_char_boundary(start.saturating_sub(BEFORE))..start];
    let line = before.rsplit('\n').next().unwrap_or_default();
    spend(line.len());
    let word = line.rsplit(char::is_whitespace).next().unwrap_or_default();
    let mut words = line.split_whitespace();
    ACCOUNTS.contains(&local)
        || word.contains("://")
        || words
            .any(|word| matches!(word.trim_matches(['`', '$']), "ssh" | "scp" | "sftp" | "rsync"))
}

/// Characters of scripts without spaces, which may stand right before an address.
fn is_wide(c: char) -> bool {
    c >= '\u{2e80}'
}

/// How a key begins, which bytes follow, and how many at least and at most.
struct Shape {
    prefix: &'static str,
    body: fn(u8) -> bool,
    least: usize,
    most: usize,
}

const fn shape(prefix: &'static str, body: fn(u8) -> bool, least: usize, most: usize) -> Shape {
    Shape { prefix, body, least, most }
}

fn word(b: u8) -> bool {
    b.is_ascii_alphanumeric()
}

fn token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'-' || b == b'_'
}

fn upper(b: u8) -> bool {
    b.is_ascii_uppercase() || b.is_ascii_digit()
}

/// A JSON Web Token: three parts in base64url.
fn dotted(b: u8) -> bool {
    token(b) || b == b'.'
}

/// A key has at most these bytes: what is longer is cut there, for the work to be bounded.
const LONG: usize = 4096;

/// As their services document them. No prefix is the start of another one but for `sk-`, which takes all.
const SHAPES: &[Shape] = &[
    shape("sk-", token, 20, 256),
    shape("sk_live_", word, 16, 128),
    shape("rk_live_", word, 16, 128),
    shape("ghp_", word, 36, 36),
    shape("gho_", word, 36, 36),
    shape("ghu_", word, 36, 36),
    shape("ghs_", word, 36, 36),
    shape("ghr_", word, 36, 76),
    shape("github_pat_", token, 60, 100),
    shape("glpat-", token, 20, 64),
    shape("AKIA", upper, 16, 16),
    shape("ASIA", upper, 16, 16),
    shape("xoxb-", token, 20, 256),
    shape("xoxp-", token, 20, 256),
    shape("xoxa-", token, 20, 256),
    shape("xoxr-", token, 20, 256),
    shape("xoxs-", token, 20, 256),
    shape("AIza", token, 35, 35),
    shape("hf_", word, 30, 40),
    shape("npm_", word, 36, 36),
    shape("eyJ", dotted, 40, LONG),
    shape("-----BEGIN ", |_| true, 0, 0),
];

/// Vector code where the machine has it, which is several times as fast on so many rare prefixes.
static PACKED: LazyLock<Option<packed::Searcher>> =
    LazyLock::new(|| packed::Searcher::new(SHAPES.iter().map(|shape| shape.prefix)));

static PREFIXES: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(SHAPES.iter().map(|shape| shape.prefix)).ok());

fn keys(text: &str) -> impl Iterator<Item = Range<usize>> {
    let fast = PACKED.as_ref().map(|prefixes| prefixes.find_iter(text));
    let slow = PREFIXES.as_ref().filter(|_| fast.is_none()).map(|p| p.find_iter(text));
    let fast = fast.into_iter().flatten().map(|hit| (hit.start(), hit.pattern()));
    let slow = slow.into_iter().flatten().map(|hit| (hit.start(), hit.pattern()));
    fast.chain(slow).filter_map(|(at, prefix)| key(text, at, &SHAPES[prefix]))
}

fn key(text: &str, at: usize, shape: &Shape) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let from = at + shape.prefix.len();
    if shape.most == 0 {
        return private_key(text, at, from);
    }
    if at > 0 && token(bytes[at - 1]) {
        return None;
    }
    let body = bytes[from..].iter().take(shape.most + 1).take_while(|b| (shape.body)(**b)).count();
    spend(body);
    let body = &text[from..from + body];
    let whole = (shape.least..=shape.most).contains(&body.len())
        && match shape.prefix {
            "eyJ" => body.split('.').count() == 3 && body.split('.').nth(1)?.starts_with("eyJ"),
            "hf_" if body.len() == HUGGING_FACE => is_random(body) || is_mixed(body, 10),
            "xoxb-" | "xoxp-" | "xoxa-" | "xoxr-" | "xoxs-" => is_slack(body),
            _ => is_random(body),
        };
    whole.then_some(at..from + body.len())
}

/// Letters of a token of Hugging Face, most of which have no digit.
const HUGGING_FACE: usize = 34;

/// At least so many letters of each case, as by chance: of 34 there are ten of each in all but one of a hundred draws,
/// while a name of words has a capital letter for each word.
fn is_mixed(body: &str, least: usize) -> bool {
    let upper = body.bytes().filter(u8::is_ascii_uppercase).count();
    let lower = body.bytes().filter(u8::is_ascii_lowercase).count();
    upper.min(lower) >= least
}

/// Numbers of a team and of an account, and then what is secret, without a hyphen: the numbers may count up as those
/// of a stand-in do, and words with hyphens between them are a name. Of 24 letters and digits that chance draws there
/// is no digit once in 70 times, and then there are three letters of each case in all but one of 25,000.
fn is_slack(body: &str) -> bool {
    let is_secret = |part: &str| {
        part.len() >= SLACK && (is_random(part) || is_varied(part) && is_mixed(part, 3))
    };
    body.split('-').any(is_secret)
}

/// Characters of what is secret in a token of Slack, at least.
const SLACK: usize = 20;

/// Letters and digits as chance draws them.
fn is_random(body: &str) -> bool {
    has_digit(body) && is_varied(body)
}

fn has_digit(body: &str) -> bool {
    body.bytes().any(|b| b.is_ascii_digit())
}

/// Many different characters: stand-ins are words or one character over and over.
fn is_varied(body: &str) -> bool {
    let mut seen = 0_u64;
    // Letters of both cases fall together, which only makes the count smaller.
    body.bytes().for_each(|b| seen |= 1 << (b & 63));
    let lower = body.to_ascii_lowercase();
    seen.count_ones() >= 9
        && !["example", "xxxx", "your", "1234567", "abcdef"].iter().any(|word| lower.contains(word))
}

/// `-----BEGIN RSA PRIVATE KEY-----` with something of a key behind it, up to its end.
fn private_key(text: &str, at: usize, from: usize) -> Option<Range<usize>> {
    const HEAD: &str = "PRIVATE KEY-----";
    const TAIL: &str = "-----END ";
    let reach = |from: usize, bytes| text.ceil_char_boundary(text.len().min(from + bytes));
    let head = text[from..reach(from, 40)].find(HEAD)?;
    let body = from + head + HEAD.len();
    let rest = &text[body..reach(body, LONG)];
    spend(rest.len());
    let end = rest.find(TAIL).map_or(rest.len(), |end| end);
    let base64 = rest[..end].bytes().filter(u8::is_ascii_alphanumeric).count();
    let tail = text[body + end..].find('\n').filter(|line| *line < 60);
    let close = match rest.len() == end {
        true => body + end,
        false => tail.map_or_else(|| reach(body + end, 60), |line| body + end + line),
    };
    (base64 >= 60 && is_random(&rest[..end])).then_some(at..close)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::census::steps;
    use proptest::prelude::*;

    /// Runs of a key's alphabet that no pattern of a secret scanner takes for a key in this file.
    fn body(length: usize) -> String {
        (0..length).map(|n| char::from(b"aB3dE6gH9kL2mN5pQ8sT1vW4"[n % 24])).collect()
    }

    fn found(text: &str) -> Vec<(Sign, String)> {
        let mut all = Vec::new();
        each(text, Census::of(text), |sign, span| all.push((sign, text[span].to_owned())));
        all
    }

    #[test]
    fn addresses_are_found_whole_and_stand_ins_files_and_decorators_are_not_addresses() {
        for (text, address) in [
            ("write to jane.roe+x@uni-bonn.de.", "jane.roe+x@uni-bonn.de"),
            ("<a_b@mail.acme.co.uk>", "a_b@mail.acme.co.uk"),
            ("邮箱zhang@qq.com。", "zhang@qq.com"),
            ("mailto:info@w3.org?x", "info@w3.org"),
        ] {
            assert_eq!(found(text), [(Sign::Email, address.to_owned())], "{text}");
        }
        for text in [
            "user@example.com",
            "icon@2x.png",
            "git@github.com:a/b",
            "@app.route",
            "a@b",
            "x @ y.z",
            "pkg@1.2.3",
            "a@b.c(",
            "https://user@host.org/x@y.de/@z.com".split_at(8).1.split_at(4).0,
            "@@a.de",
            "a@@b.de",
            ".@b.de",
            "you@yourdomain.com",
            "your_email@gmail.com",
            "johndoe@abccompany.com",
            "mongodb://admin:secret@cluster0.abc.mongodb.net",
            "ssh -i key.pem joe@host7.kit.edu",
            "ubuntu@ec2-3-109.compute.amazonaws.com",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn keys_of_known_services_are_found_and_words_and_stand_ins_are_not() {
        for shape in SHAPES.iter().filter(|shape| shape.most > 0 && shape.prefix != "eyJ") {
            let body = body(shape.least);
            let body = if shape.least == 16 { body.to_uppercase() } else { body };
            let key = format!("{}{body}", shape.prefix);
            assert_eq!(found(&format!("key={key}, ok")), [(Sign::ApiKey, key.clone())]);
            assert_eq!(found(&format!("x{key}")), [], "{key}");
            assert_eq!(found(&format!("{}{}", shape.prefix, "x".repeat(shape.least))), []);
        }
        // Made of letters alone, as most of them are.
        let hf = "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";
        assert_eq!(found(&format!("token = \"{hf}\"")), [(Sign::ApiKey, hf.to_owned())]);
        let slack = format!("xoxb-2736450912873-5610293847561-{}", body(24));
        assert_eq!(found(&slack), [(Sign::ApiKey, slack.clone())]);
        // One in 70 has no digit.
        let letters = "xoxb-2736450912873-5610293847561-NqVwYSuLVPtHbkDXrpPdikhx";
        assert_eq!(found(letters), [(Sign::ApiKey, letters.to_owned())]);
        let counted = format!("xoxb-123456789012-1234567890123-{}", body(24));
        assert_eq!(found(&counted), [(Sign::ApiKey, counted.clone())]);
        let jwt = format!("eyJ{}.eyJ{}.{}", body(20), body(20), body(43));
        assert_eq!(found(&jwt), [(Sign::ApiKey, jwt.clone())]);
        let pem =
            format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----", body(64));
        assert_eq!(found(&format!("{pem}\nend")), [(Sign::ApiKey, pem.clone())]);
        for text in [
            "risk-averse-people-and-task-based-work",
            "sk-your-api-key-goes-here-12345",
            "eyJhbGciOiJIUzI1NiJ9",
            "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
            "-----BEGIN CERTIFICATE-----",
            "AKIAIOSFODNN7EXAMPLE",
            "xoxb-123456789012-1234567890123-abcdefghijklmnopqrstuvwx",
            "xoxb-123456789012-1234567890123-XXXXXXXXXXXXXXXXXXXXXXXX",
            "xoxb-1234567890-your-token-goes-here",
            "xoxb-the-name-of-a-very-long-css-class",
            "xoxb-font-weight-400-container-wrapper-inner1",
            "hf_transformers",
            "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",
            "hf_load_pretrained_model_from_the_hub",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn hostile_texts_take_work_in_proportion_to_their_length() {
        let ats = "a@b.".repeat(100_000);
        let long = format!("{}@", "a".repeat(63)).repeat(6_000);
        let pem = "-----BEGIN PRIVATE KEY-----".repeat(15_000);
        for text in ["@".repeat(400_000), ats, long, "sk-".repeat(130_000), "eyJ".repeat(130_000)] {
            let (_, work) = steps(|| found(&text));
            assert!(work <= 8 * text.len(), "{}: {work}", &text[..6]);
        }
        let (_, work) = steps(|| found(&pem));
        assert!(work <= LONG * pem.len() / 20, "a constant for each: {work}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn the_prefix_search_finds_what_a_look_at_every_place_finds(pieces in prop::collection::vec(
            prop::sample::select(vec!["sk-", "ghp_", "x", " ", "aB3dE6gH9kL2mN5pQ8sT1vW4xyZ", "0", "AKIA", "é", "AB3DE6GH9KL2MN5P"]),
            0..10)) {
            let text = pieces.concat();
            let fast: Vec<_> = keys(&text).collect();
            let slow: Vec<_> = text.char_indices().filter_map(|(at, _)| {
                let shape = SHAPES.iter().find(|shape| text[at..].starts_with(shape.prefix))?;
                key(&text, at, shape)
            }).collect();
            prop_assert_eq!(fast, slow);
        }
    }
}
