//! A program as a backend: the prompt on its standard input, the answer on its standard output.
//!
//! Anything that has a command line can make examples so: another tool for models, a script, ssh. The status says
//! what a fault means: 75 (`EX_TEMPFAIL` of sysexits.h) that it may work later, any other that this request failed.

use std::process::Command;

use serde_json::{Map, Value};

use crate::error::{Error, Result as Outcome};
use crate::record::text::sanitize;

use super::super::plan;
use super::body::{in_words, messages, response_format};
use super::child::{Children, End};
use super::class::Class;
use super::fault::{Fault, said};
use super::habits::Rung;
use super::reply::Reply;
use super::request::{Request, Role};

/// `EX_TEMPFAIL` of sysexits.h.
const TEMPFAIL: i32 = 75;

/// A program.
#[derive(Debug)]
pub(super) struct Program {
    program: plan::Program,
    name: String,
    shown: String,
    children: Children,
}

impl Program {
    /// The program of the backend `backend`.
    pub(super) fn new(backend: &str, program: &plan::Program) -> Outcome<Program> {
        let Some(name) = program.words.first().filter(|name| !name.is_empty()) else {
            return Err(Error::Unfit(format!("backend {backend}: the command has no program")));
        };
        // Arguments can hold what is secret; the name says which program it is.
        let shown = sanitize(name).into_owned();
        let (program, name) = (program.clone(), name.clone());
        Ok(Program { program, name, shown, children: Children::default() })
    }

    /// The program as it may be shown.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Kills all that run, for good.
    pub(super) fn stop(&self) {
        self.children.stop();
    }

    /// Asks once.
    pub(super) fn once(&self, request: &Request) -> Result<Reply, Fault> {
        let input = if self.program.json { as_json(request) } else { as_text(request) };
        let mut command = Command::new(&self.name);
        command.args(self.program.words.iter().skip(1));
        if !self.program.folder.as_os_str().is_empty() {
            command.current_dir(&self.program.folder);
        }
        let (timeout, most) = (self.program.timeout, self.program.max_bytes);
        let end = self.children.run(&mut command, input.as_bytes(), timeout, most);
        let end = end.map_err(|error| {
            let words = error.to_string();
            let words = words.split(" (os error ").next().unwrap_or(&words);
            let class = match error.kind() {
                std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied => {
                    Class::NoProgram
                }
                _ => Class::Program,
            };
            Fault::new(class, format!("cannot be run: {words}"))
        })?;
        let (status, stdout, stderr) = match end {
            End::Exited { status, stdout, stderr } => (status, stdout, stderr),
            End::Late(came) => {
                let reason = format!("no answer in {} s", timeout.as_secs_f64());
                return Err(begun(Fault::new(Class::Silence, reason), came));
            }
            End::TooLarge(came) => {
                let reason = format!("an answer of more than {most} bytes");
                return Err(Fault::new(Class::TooLarge, reason).after(came));
            }
            End::Stopped => return Err(Fault::new(Class::Dropped, "stopped")),
        };
        if !status.success() {
            let class =
                if status.code() == Some(TEMPFAIL) { Class::TryLater } else { Class::Program };
            let how = match status.code() {
                Some(code) => format!("status {code}"),
                None => status.to_string(),
            };
            let fault = Fault::new(class, format!("{how}{}", last_line(&stderr)));
            return Err(begun(fault, stdout.len()));
        }
        let came = stdout.len();
        let mut text = String::from_utf8(stdout)
            .map_err(|_| Fault::new(Class::Garbled, "an answer that is not UTF-8").after(came))?;
        text.truncate(text.trim_end_matches(['\n', '\r']).len());
        Ok(Reply { text, ..Reply::default() })
    }
}

/// A fault after so many bytes: where nothing came, no model is known to have answered.
fn begun(fault: Fault, came: usize) -> Fault {
    if came == 0 { fault } else { fault.after(came) }
}

/// The last line of a program's complaint, as part of a message.
fn last_line(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let line = text.lines().rev().find(|line| !line.trim().is_empty());
    line.map(|line| format!(": {}", said(line))).unwrap_or_default()
}

/// The prompt as text: what the system says, an empty line, then what the person says. Where more than one message
/// is not the system's, each of these begins with `User:` or `Assistant:`, and an empty line stands between two. A
/// wanted shape comes last, in words. A line feed ends it.
fn as_text(request: &Request) -> String {
    let of_system = |role: Role| role == Role::System;
    let others = request.messages.iter().filter(|(role, _)| !of_system(*role)).count();
    let mut parts: Vec<String> = Vec::new();
    for (role, said) in &request.messages {
        parts.push(match role {
            Role::User if others > 1 => format!("User: {said}"),
            Role::Assistant if others > 1 => format!("Assistant: {said}"),
            _ => said.clone(),
        });
    }
    parts.extend(request.shape.as_ref().map(in_words));
    parts.join("\n\n") + "\n"
}

/// The request as JSON on one line: `messages`, and `response_format` if a shape is wanted; the shape stands in the
/// last message as well, in words, for programs that look at the messages only.
fn as_json(request: &Request) -> String {
    let mut body = Map::new();
    let words = request.shape.as_ref().map(in_words);
    body.insert("messages".to_owned(), messages(request, words.as_deref()));
    let format = request.shape.as_ref().and_then(|shape| response_format(shape, Rung::Schema));
    if let Some(format) = format {
        body.insert("response_format".to_owned(), format);
    }
    Value::Object(body).to_string() + "\n"
}

#[cfg(test)]
mod tests {
    use super::super::request::{Id, Shape};
    use super::*;

    fn request(messages: &[(Role, &str)], shape: bool) -> Request {
        let messages = messages.iter().map(|(role, said)| (*role, (*said).to_owned())).collect();
        let shape =
            shape.then(|| Shape { name: "s", schema: serde_json::json!({"type": "object"}) });
        Request { id: Id::default(), messages, shape, backend: None }
    }

    #[test]
    fn a_prompt_as_text() {
        let two = request(&[(Role::System, "Be brief."), (Role::User, "Hi")], false);
        assert_eq!(as_text(&two), "Be brief.\n\nHi\n");
        let more = [(Role::User, "Hi"), (Role::Assistant, "Hello"), (Role::User, "Bye")];
        assert_eq!(as_text(&request(&more, false)), "User: Hi\n\nAssistant: Hello\n\nUser: Bye\n");
        let shaped = as_text(&request(&[(Role::User, "Hi")], true));
        assert!(shaped.starts_with("Hi\n\nAnswer with JSON"), "{shaped}");
        assert!(shaped.ends_with("{\"type\":\"object\"}\n"), "{shaped}");
    }

    #[test]
    fn a_request_as_json_is_one_line() {
        let text = as_json(&request(&[(Role::User, "a\nb")], true));
        assert_eq!(text.matches('\n').count(), 1);
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["messages"][0]["role"], "user");
        assert_eq!(json["response_format"]["json_schema"]["schema"]["type"], "object");
    }

    #[test]
    fn the_last_line_of_a_complaint_is_made_harmless() {
        assert_eq!(last_line(b"one\ntwo \x1b[2J\n\n"), ": \"two \\u{1b}[2J\"");
        assert_eq!(last_line(b"\n"), "");
    }
}
