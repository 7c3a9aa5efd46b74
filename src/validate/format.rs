//! How findings are written: text, JSON lines, GitHub workflow commands, SARIF.

use serde_json::{Map, Value, json};

use crate::cli::json::to_json_line;
use crate::cli::report::{SCHEMA, plural};
use crate::cli::terminal::{Colors, paint, sanitize};
use crate::rules::{Finding, RULES, Rule, Severity};

use super::config::Config;
use super::options::Format;
use super::source;

/// A rule of which findings were counted and not written.
pub(super) struct Hidden {
    /// Which.
    pub rule: Rule,
    /// Findings that were written.
    pub shown: u64,
    /// All findings.
    pub all: u64,
    /// The option that kept them back; none when they only repeat a finding that was written.
    pub option: Option<&'static str>,
}

/// Turns findings into bytes.
pub(super) struct Formatter {
    format: Format,
    colors: Colors,
    show_source: bool,
    /// More than one profile judges, so that a finding has to say which object.
    several: bool,
    first: bool,
}

impl Formatter {
    pub(super) fn new(config: &Config) -> Formatter {
        Formatter {
            format: config.format,
            colors: Colors::new(config.color),
            show_source: config.show_source,
            several: config.settings.views.len() > 1,
            first: true,
        }
    }

    /// What stands before the first finding.
    pub(super) fn head(&self, out: &mut Vec<u8>) {
        if self.format == Format::Sarif {
            out.extend_from_slice(sarif_head().as_bytes());
        }
    }

    /// One finding. `input` names its input; `line` is its line's bytes, when they are at hand.
    pub(super) fn finding(
        &mut self,
        out: &mut Vec<u8>,
        finding: &Finding,
        input: &str,
        line: Option<&[u8]>,
    ) {
        match self.format {
            Format::Text => self.text(out, finding, input, line),
            Format::Json => out.extend(to_json_line(&json_finding(finding, input))),
            Format::Github => out.extend(github(finding, input).as_bytes()),
            Format::Sarif => {
                if !std::mem::take(&mut self.first) {
                    out.push(b',');
                }
                out.push(b'\n');
                let result = to_json_line(&sarif_result(finding, input, line));
                out.extend_from_slice(result.trim_ascii_end());
            }
        }
    }

    /// What stands behind the last finding.
    pub(super) fn tail(&self, out: &mut Vec<u8>, hidden: &[Hidden], summary: &Map<String, Value>) {
        match self.format {
            Format::Text => {
                for line in left_out(hidden) {
                    out.extend(paint(self.colors.dim, line).to_string().as_bytes());
                }
            }
            Format::Github => {
                for line in left_out(hidden) {
                    out.extend(format!("::notice::{line}").as_bytes());
                }
            }
            Format::Json => {
                let mut line = Map::new();
                line.insert("type".to_owned(), "summary".into());
                line.extend(summary.clone());
                out.extend(to_json_line(&line));
            }
            Format::Sarif => out.extend_from_slice(sarif_tail(true).as_bytes()),
        }
    }

    /// What stands behind the last finding when trouble has ended the run.
    pub(super) fn break_off(&self, out: &mut Vec<u8>) {
        if self.format == Format::Sarif {
            out.extend_from_slice(sarif_tail(false).as_bytes());
        }
    }

    fn text(&self, out: &mut Vec<u8>, finding: &Finding, input: &str, line: Option<&[u8]>) {
        let colors = &self.colors;
        let (rule, severity) = (finding.rule, finding.severity);
        let style = match severity {
            Severity::Error => colors.error,
            Severity::Warning => colors.warning,
            Severity::Info | Severity::Off => colors.info,
        };
        let place = match finding.line {
            0 => format!("{}:", sanitize(input)),
            number => format!("{}:{number}:{}:", sanitize(input), finding.span.start + 1),
        };
        let word = format!("{}[{}]", severity.name(), rule.code());
        let profiles = match self.several {
            true => format!(" ({})", finding.profiles.join(", ")),
            false => String::new(),
        };
        let pointer = match finding.pointer.as_str() {
            "" => String::new(),
            pointer => format!(" {}:", sanitize(pointer)),
        };
        out.extend(
            format!(
                "{} {} {}{profiles}:{pointer} {}\n",
                paint(colors.location, place),
                paint(style, word),
                rule.info().name,
                sanitize(&finding.message),
            )
            .as_bytes(),
        );
        if self.show_source
            && let Some(line) = line
        {
            out.extend(paint(colors.dim, source::excerpt(finding, line)).to_string().as_bytes());
        }
    }
}

/// What is said of findings that were not written: a line for each rule, and one for all that a limit on
/// the whole kept back.
fn left_out(hidden: &[Hidden]) -> Vec<String> {
    let whole = |hidden: &&Hidden| hidden.option == Some("--max-findings");
    let count: u64 = hidden.iter().filter(whole).map(|hidden| hidden.all - hidden.shown).sum();
    let mut lines: Vec<_> = hidden.iter().filter(|hidden| !whole(hidden)).map(more).collect();
    if count > 0 {
        let more = plural(count, "more finding");
        lines.push(format!("{more}; a higher --max-findings shows them\n"));
    }
    lines
}

/// How many findings of a rule were not written, and how to see them.
fn more(hidden: &Hidden) -> String {
    let Hidden { rule, shown, all, option } = hidden;
    let advice = match *option {
        Some("--per-rule-limit") => "; --per-rule-limit 0 shows all".to_owned(),
        Some(option) => format!("; a higher {option} shows more"),
        None => String::new(),
    };
    let more = plural(all - shown, "more finding");
    format!("{} {}: {more}, {shown} of {all} shown{advice}\n", rule.code(), rule.info().name)
}

/// The stable interface: one object a finding.
fn json_finding(finding: &Finding, input: &str) -> Value {
    let fix = finding.fix.as_ref().map(|fix| fix.level);
    let known = |value: u64| if finding.line > 0 { Value::from(value) } else { Value::Null };
    json!({
        "schema": SCHEMA,
        "type": "finding",
        "file": input,
        "line": known(finding.line),
        "column": known(finding.span.start as u64 + 1),
        "byte": known(finding.offset + finding.span.start as u64),
        "pointer": finding.pointer,
        "code": finding.rule.code(),
        "name": finding.rule.info().name,
        "severity": finding.severity.name(),
        "profiles": finding.profiles,
        "message": finding.message,
        "fixable": fix.is_some(),
        "fix": fix,
    })
}

fn github(finding: &Finding, input: &str) -> String {
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info | Severity::Off => "notice",
    };
    let data = |text: &str| {
        let text = sanitize(text);
        text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
    };
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let place = match finding.line {
        0 => String::new(),
        line => format!(",line={line},col={}", finding.span.start + 1),
    };
    let title = format!("{} {}", finding.rule.code(), finding.rule.info().name);
    let pointer = match finding.pointer.as_str() {
        "" => String::new(),
        pointer => format!("{pointer}: "),
    };
    format!(
        "::{command} file={}{place},title={}::{}{}\n",
        property(input),
        property(&title),
        data(&pointer),
        data(&finding.message)
    )
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
        Severity::Off => "none",
    }
}

/// The document up to the opening of `results`.
fn sarif_head() -> String {
    let rules: Vec<_> = RULES
        .iter()
        .map(|rule| {
            json!({
                "id": rule.code,
                "name": rule.name,
                "shortDescription": {"text": rule.trigger},
                "help": {"text": format!("{}; {}", rule.effect, rule.advice)},
                "defaultConfiguration": {
                    "enabled": rule.default != Severity::Off,
                    "level": level(rule.default),
                },
            })
        })
        .collect();
    let driver = json!({
        "name": "chatml-validate",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    });
    let schema = "https://json.schemastore.org/sarif-2.1.0.json";
    format!(
        "{{\"$schema\":\"{schema}\",\"version\":\"2.1.0\",\"runs\":[{{\"tool\":{{\"driver\":{driver}}},\
         \"columnKind\":\"unicodeCodePoints\",\"results\":["
    )
}

/// The document from the end of `results` on.
fn sarif_tail(successful: bool) -> String {
    format!("\n],\"invocations\":[{{\"executionSuccessful\":{successful}}}]}}]}}\n")
}

fn sarif_result(finding: &Finding, input: &str, line: Option<&[u8]>) -> Value {
    let mut physical = json!({"artifactLocation": {"uri": uri(input)}});
    if finding.line > 0 {
        let before = line.and_then(|line| line.get(..finding.span.start)).unwrap_or_default();
        let column = String::from_utf8_lossy(before).chars().count() + 1;
        physical["region"] = json!({
            "startLine": finding.line,
            "startColumn": column,
            "byteOffset": finding.offset + finding.span.start as u64,
            "byteLength": finding.span.len(),
        });
    }
    json!({
        "ruleId": finding.rule.code(),
        "ruleIndex": finding.rule as usize,
        "level": level(finding.severity),
        "message": {"text": finding.message},
        "locations": [{
            "physicalLocation": physical,
            "logicalLocations": [{"fullyQualifiedName": finding.pointer}],
        }],
        "properties": {
            "profiles": finding.profiles,
            "fixable": finding.fix.is_some(),
        },
    })
}

/// A path as a relative URI reference: what is not plain is percent-encoded.
fn uri(path: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/".contains(&b);
    let encode = |b: u8| if plain(b) { (b as char).to_string() } else { format!("%{b:02X}") };
    path.bytes().map(encode).collect()
}
