//! P: content parts and media.

use crate::record::Value;
use crate::record::chat::{IMAGE_PARTS, part_type};
use crate::record::document::Kind as Type;

use super::finding::{Reporter, Words, excerpt, quote, times};
use super::list::{Dialect, List, Turn};
use super::profile::{Case, Images};
use super::repair::{Edit, Level};
use super::roles::Role;
use super::schema::{with_a, with_article};
use super::table::Rule;

/// Most bytes of one picture in a data URL (OpenAI, Together).
const MAX_IMAGE_BYTES: usize = 10 << 20;

/// P001 to P004, P006 and P008 of a list.
pub fn judge(r: &mut Reporter<'_>, list: &List<'_>) {
    if let Some(dialect) = list.dialect {
        foreign(r, list, dialect);
        return;
    }
    for turn in &list.turns {
        let Some(content) = turn.message.content.filter(|v| v.is_array()) else { continue };
        if content.is_empty() {
            r.value_in(Rule::P001, Case::EmptyParts, content, || "content is an empty array");
        }
        for item in content.items() {
            part(r, turn, item);
        }
        refusals(r, turn, content);
    }
    mixed(r, list);
}

/// P001 or P002 of a list whose parts are those of another format: one finding, at the first part.
fn foreign(r: &mut Reporter<'_>, list: &List<'_>, dialect: Dialect) {
    let contents = list.turns.iter().filter_map(|turn| turn.message.content);
    let mut parts = contents.flat_map(|content| content.items());
    let Some(first) = parts.next() else { return };
    let more = match parts.count() {
        0 => String::new(),
        1 => ", like 1 more".to_owned(),
        more => format!(", like {more} more"),
    };
    match dialect {
        Dialect::LlamaFactoryV1 => r.missing(Rule::P002, first, || {
            let what = "the part has value instead of text, as in LLaMA-Factory v1";
            Words::new(format!("{what}{more}")).advice(
                "rename value to text, and write calls and reasoning as tool_calls and \
                         reasoning_content",
            )
        }),
        Dialect::BedrockConverse => {
            let severity = r.case(Rule::P001, Case::UntypedText);
            r.missing_as(Rule::P001, severity, first, || {
                let what = "the part has no type, as in Bedrock Converse";
                Words::new(format!("{what}{more}")).advice("write {\"type\":\"text\",\"text\":...}")
            })
        }
    };
}

fn part(r: &mut Reporter<'_>, turn: &Turn<'_>, part: Value<'_>) {
    if !part.is_object() {
        let what = || format!("a content part is {}, wanted an object", with_article(part));
        let severity = match part.is_string() {
            true => r.case(Rule::P001, Case::PartIsText),
            false => r.view.severity(Rule::P001),
        };
        r.value_as(Rule::P001, severity, part, what);
        return;
    }
    let Some(kind) = part_type(part) else {
        untyped(r, part);
        return;
    };
    if !r.view.profile.parts.contains(&kind) {
        let at = part.get("type").unwrap_or(part);
        let severity = match kind {
            "input_audio" | "audio" | "file" => r.case(Rule::P001, Case::AudioOrFile),
            _ if part.get("text").is_some() => r.case(Rule::P001, Case::UntypedText),
            _ => r.view.severity(Rule::P001),
        };
        r.value_as(Rule::P001, severity, at, || {
            let wanted = r.view.profile.parts.join(", ");
            format!("part type is {}, wanted one of {wanted}", quote(kind))
        });
        return;
    }
    match kind {
        "text" => text(r, part),
        "image_url" => image_url(r, part),
        _ => {}
    }
    if IMAGE_PARTS.contains(&kind) && turn.role != Role::User {
        let severity = match turn.role.is_system() {
            true => r.case(Rule::P004, Case::SystemImage),
            false => r.view.severity(Rule::P004),
        };
        r.value_as(Rule::P004, severity, part, || {
            format!("an image stands in {}", with_a(turn.role))
        });
    }
}

/// P001 of a part without a type.
fn untyped(r: &mut Reporter<'_>, part: Value<'_>) {
    match part.get("type") {
        Some(kind) => {
            r.value(Rule::P001, kind, || {
                format!("part type is {}, wanted a string", with_article(kind))
            });
        }
        None if part.get("text").is_some() => {
            let severity = r.case(Rule::P001, Case::UntypedText);
            r.missing_as(Rule::P001, severity, part, || "the part has text but no type");
        }
        None => drop(r.missing(Rule::P001, part, || "the part has no type")),
    }
}

fn text(r: &mut Reporter<'_>, part: Value<'_>) {
    let keys = r.view.profile.text_keys;
    match keys.iter().find_map(|key| Some((key, part.get(key)?))) {
        Some((_, text)) if text.is_string() => {}
        Some((key, text)) => {
            let severity = match text.kind() {
                Type::Number => r.case(Rule::P002, Case::TextNumber),
                Type::Null => r.case(Rule::P002, Case::TextNull),
                _ => r.view.severity(Rule::P002),
            };
            r.value_as(Rule::P002, severity, text, || {
                format!("{key} is {}, wanted a string", with_article(text))
            });
        }
        None => drop(r.missing(Rule::P002, part, || "the text part has no text")),
    }
}

/// P003
fn image_url(r: &mut Reporter<'_>, part: Value<'_>) {
    let images = r.view.profile.images;
    let Some(image) = part.get("image_url") else {
        r.missing(Rule::P003, part, || "the image part has no image_url");
        return;
    };
    match image.get("url") {
        None if image.is_object() => drop(r.missing(Rule::P003, image, || "image_url has no url")),
        None => drop(r.value(Rule::P003, image, || {
            format!("image_url is {}, wanted an object with url", with_article(image))
        })),
        Some(url) => match url.as_str().map(|text| check_url(text, images)) {
            Some(Ok(())) => {}
            Some(Err(what)) => drop(r.value(Rule::P003, url, || what)),
            None => drop(r.value(Rule::P003, url, || {
                format!("url is {}, wanted a string", with_article(url))
            })),
        },
    }
    if let Some(detail) = image.get("detail")
        && !matches!(detail.as_str(), Some("auto" | "low" | "high"))
    {
        r.value(Rule::P003, detail, || {
            format!("detail is {}, wanted auto, low or high", excerpt(detail))
        });
    }
}

/// Is it a URL that the profile reads? Data URLs are checked down to their base64.
fn check_url(url: &str, images: Images) -> Result<(), String> {
    let is_web = ["http://", "https://"].iter().any(|scheme| {
        url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    if is_web && images == Images::Any {
        return Ok(());
    }
    let Some(rest) = url.strip_prefix("data:") else {
        let wanted = match images {
            Images::Any => "http, https or a data URL",
            _ => "a data URL",
        };
        return Err(format!("the url is {}, wanted {wanted}", quote(url)));
    };
    let types: &[&str] = match images {
        Images::DataNoWebp => &["image/png;base64,", "image/jpg;base64,", "image/jpeg;base64,"],
        _ => &["image/jpeg;base64,", "image/png;base64,", "image/webp;base64,"],
    };
    match types.iter().find_map(|start| rest.strip_prefix(start)) {
        None => Err(format!(
            "the data URL is {}, wanted {}...",
            quote(url),
            types.iter().map(|start| format!("data:{start}")).collect::<Vec<_>>().join("..., ")
        )),
        Some("") => Err("the data URL holds no data".to_owned()),
        Some(data) if !is_base64(data) => Err("the data URL is not well-formed base64".to_owned()),
        Some(_) => Ok(()),
    }
}

fn is_base64(data: &str) -> bool {
    let body = data.trim_end_matches('=');
    data.len().is_multiple_of(4)
        && data.len() - body.len() <= 2
        && body.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
}

/// P008
fn refusals(r: &mut Reporter<'_>, turn: &Turn<'_>, content: Value<'_>) {
    let refusals = || content.items().filter(|part| part_type(*part) == Some("refusal"));
    // Where refusals are no part at all, that is P001.
    let Some(first) = refusals().next().filter(|_| r.view.profile.parts.contains(&"refusal"))
    else {
        return;
    };
    if turn.role != Role::Assistant {
        r.value(Rule::P008, first, || format!("a refusal part stands in {}", with_a(turn.role)));
    } else if content.len() > 1 {
        let second = refusals().nth(1).unwrap_or(first);
        r.value_in(
            Rule::P008,
            Case::RefusalBeside,
            second,
            || "a refusal part stands beside other parts",
        );
    }
}

/// P006
fn mixed(r: &mut Reporter<'_>, list: &List<'_>) {
    let contents = || list.turns.iter().filter_map(|turn| turn.message.content);
    let Some(array) = contents().find(|content| content.is_array()) else { return };
    let Some(string) = contents().find(|content| content.is_string()) else { return };
    let odd = if array.span().start > string.span().start { array } else { string };
    r.value(Rule::P006, odd, || match odd.is_array() {
        true => "content is an array here and a string in an earlier message",
        false => "content is a string here and an array in an earlier message",
    })
    .fix(Level::Safe, || unmix(&contents().collect::<Vec<_>>()));
}

/// Gives contents one form: strings when each array holds one text and nothing else, arrays otherwise.
fn unmix(contents: &[Value<'_>]) -> Vec<Edit> {
    let arrays = contents.iter().filter(|content| content.is_array());
    let texts: Option<Vec<Edit>> = arrays.map(|content| unwrap(*content)).collect();
    let wrap = |content: &Value<'_>| {
        let part = [b"[{\"type\":\"text\",\"text\":", content.raw(), b"}]"].concat();
        Edit::new(content.span(), part)
    };
    let strings = || contents.iter().filter(|content| content.is_string());
    texts.unwrap_or_else(|| strings().map(wrap).collect())
}

/// The only text of an array in the place of the array.
fn unwrap(content: Value<'_>) -> Option<Edit> {
    let only = content.items().next().filter(|part| content.len() == 1 && part.len() == 2)?;
    let text =
        only.get("text").filter(|text| text.is_string() && part_type(only) == Some("text"))?;
    Some(Edit::new(content.span(), text.raw()))
}

/// P005 and P007 over all lists of a record.
pub fn totals(r: &mut Reporter<'_>, record: Value<'_>, lists: &[List<'_>]) {
    image_limit(r, lists);
    for (key, tag, part) in [
        ("images", "<image>", "image"),
        ("videos", "<video>", "video"),
        ("audios", "<audio>", "audio"),
    ] {
        let Some(media) = record.get(key).filter(|media| !media.is_null()) else { continue };
        if !media.is_array() {
            r.value(Rule::P007, media, || {
                format!("{key} is {}, wanted an array", with_article(media))
            });
            continue;
        }
        let messages = || lists.iter().flat_map(|list| list.turns.iter().map(|turn| turn.message));
        let tags: usize = messages()
            .flat_map(|message| message.texts())
            .map(|text| text.as_str().unwrap_or_default().matches(tag).count())
            .sum();
        let parts = messages().flat_map(|m| m.parts()).filter(|p| part_type(*p) == Some(part));
        let wanted = tags + parts.count();
        if wanted != media.len() {
            r.value(Rule::P007, media, || {
                let entries = match media.len() {
                    1 => "1 entry".to_owned(),
                    count => format!("{count} entries"),
                };
                format!("{key} has {entries}, and the messages have {tag} {}", times(wanted))
            });
        }
    }
}

/// P005
fn image_limit(r: &mut Reporter<'_>, lists: &[List<'_>]) {
    let most = r.view.profile.max_images;
    let parts = lists.iter().flat_map(|list| &list.turns).flat_map(|turn| turn.message.parts());
    let images: Vec<_> = parts
        .filter(|part| part_type(*part).is_some_and(|kind| IMAGE_PARTS.contains(&kind)))
        .collect();
    if let Some(first) = images.get(most) {
        r.value(Rule::P005, *first, || {
            format!("the record has {} images, wanted at most {most}", images.len())
        });
    }
    for image in &images {
        let url = image.get("image_url").and_then(|image| image.get("url"));
        let Some(url) = url else { continue };
        let text = url.as_str().unwrap_or_default();
        let Some(data) = text.starts_with("data:").then(|| text.split_once("base64,")).flatten()
        else {
            continue;
        };
        let bytes = data.1.trim_end_matches('=').len() * 3 / 4;
        if bytes > MAX_IMAGE_BYTES {
            r.value(Rule::P005, url, || {
                format!("the image has {bytes} bytes, wanted at most {MAX_IMAGE_BYTES}")
            });
        }
    }
}
