//! A server that speaks the chat API of OpenAI, as one backend.

use std::path::Path;

use super::super::plan::{Server, Structured};
use super::address::Address;
use super::body::body;
use super::class::Class;
use super::fault::{Fault, said};
use super::habits::{Habits, Manner, Parameter, Rung};
use super::keys::Keys;
use super::reply::Reply;
use super::request::Request;
use super::roots;
use super::wire::Wire;

use crate::error::Result as Outcome;

/// A server.
#[derive(Debug)]
pub(super) struct OpenAi {
    server: Server,
    wire: Wire,
    habits: Habits,
}

/// How one request is asked, as far as it is not asked like all others.
#[derive(Debug, Default)]
pub(super) struct Fit {
    /// Not above this rung.
    rung: Option<Rung>,
    /// With twice the limit of tokens.
    doubled: bool,
    /// How it was asked the last time.
    asked: Option<(Manner, Rung)>,
}

impl OpenAi {
    /// The server of the backend `name`, with so many requests at a time.
    /// `roots` names certificates that are trusted instead of those that are built in.
    pub(super) fn new(
        name: &str,
        server: &Server,
        keys: &Keys,
        roots: Option<&Path>,
        most: usize,
    ) -> Outcome<OpenAi> {
        let address = Address::new(name, &server.base_url)?;
        let secret = keys.find(name, server, &address)?;
        let roots = roots.filter(|_| address.is_https()).map(roots::read).transpose()?;
        let wire = Wire::new(address, secret, server.idle_timeout, most, roots);
        // What may be secret in the address stays with the address.
        let server = Server { base_url: String::new(), ..server.clone() };
        Ok(OpenAi { habits: Habits::new(server.structured), server, wire })
    }

    /// The address as it may be shown.
    pub(super) fn shown(&self) -> &str {
        self.wire.shown()
    }

    /// Tokens that an answer is expected to have before any was seen.
    pub(super) fn expected(&self) -> Option<u64> {
        self.server.max_tokens
    }

    /// Breaks off what is under way, for good.
    pub(super) fn stop(&self) {
        self.wire.stop();
    }

    /// Asks once.
    pub(super) fn once(&self, request: &Request, fit: &mut Fit) -> Result<Reply, Fault> {
        let manner = self.habits.manner();
        let rung = fit.rung.map_or(manner.rung, |rung| rung.max(manner.rung));
        fit.asked = Some((manner, rung));
        let most = self.server.max_tokens.map(|most| most << u32::from(fit.doubled));
        let body = body(request, &self.server, &manner, rung, most).to_string();
        let reply =
            self.wire.send(body.as_bytes()).map_err(|fault| self.reread(request, fit, fault))?;
        self.ended(reply)
    }

    /// Is the answer whole?
    fn ended(&self, reply: Reply) -> Result<Reply, Fault> {
        let Some(finish) = &reply.finish else {
            return Ok(reply);
        };
        if self.server.finish_ok.iter().any(|ok| ok == finish) {
            return Ok(reply);
        }
        let (class, reason) = match finish.as_str() {
            "length" => {
                let reason = match reply.usage {
                    Some(usage) => format!("the answer was cut at {} tokens", usage.output),
                    None => "the answer was cut at the limit of tokens".to_owned(),
                };
                (Class::Truncated, reason)
            }
            "content_filter" => (Class::Filtered, "a filter held the answer back".to_owned()),
            other => (Class::Ended, format!("the answer ended with {}", said(other))),
        };
        Err(reply.lost(Fault::new(class, reason)))
    }

    /// A class says what a fault means by itself; what was asked may say more.
    fn reread(&self, request: &Request, fit: &Fit, mut fault: Fault) -> Fault {
        let (rung, ladder) =
            fit.asked.map_or((Rung::Words, false), |(manner, rung)| (rung, manner.ladder));
        fault.class = match fault.class {
            // The server does not allow twice the limit: the answer stays cut.
            Class::Context | Class::Refused if fit.doubled => Class::Truncated,
            Class::Parameter if fit.doubled && fault.parameter == Some(Parameter::MaxTokens) => {
                Class::Truncated
            }
            Class::Shape if request.shape.is_none() || !ladder || rung == Rung::Words => {
                Class::Refused
            }
            Class::CutShape if request.shape.is_none() => Class::Server,
            class => class,
        };
        fault
    }

    /// Finds another way to ask after a fault that wants one. `Some` if there is one, with words for the person if
    /// all requests go that way from now on.
    pub(super) fn adapt(&self, fault: &Fault, fit: &mut Fit) -> Option<Option<String>> {
        let (manner, rung) = fit.asked?;
        match fault.class {
            Class::Shape => {
                fit.rung = Some(rung.next()?);
                Some(self.habits.lower(rung).then(|| self.lowered(rung, "is not understood")))
            }
            Class::Parameter => {
                let parameter = fault.parameter?;
                let (may, first) = self.habits.refuse(&manner, parameter);
                may.then(|| first.then(|| parameter.change().to_owned()))
            }
            Class::CutShape | Class::Truncated
                if !fit.doubled && self.server.max_tokens.is_some() =>
            {
                fit.doubled = true;
                Some(None)
            }
            Class::CutShape if self.server.structured == Structured::Auto => {
                fit.rung = Some(rung.next()?);
                Some(self.habits.cut(rung).then(|| self.lowered(rung, "gives cut answers")))
            }
            _ => None,
        }
    }

    fn lowered(&self, rung: Rung, why: &str) -> String {
        let next = rung.next().unwrap_or(rung);
        format!("structured output by {} {why}: {} is used", rung.name(), next.name())
    }
}
