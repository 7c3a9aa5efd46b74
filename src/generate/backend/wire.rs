//! One request over HTTP: the body there, the answer back, whole or as a stream.
//!
//! What can take long is the model, not the line. So there is a limit of silence, for each read, and none for the
//! whole answer; and streams are asked for, so that a model at work is not silent.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use ureq::http::{Response, StatusCode};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, Timeout};

use super::address::Address;
use super::backoff::asked;
use super::class::Class;
use super::classify::{Words, classify};
use super::fault::{Fault, said};
use super::keys::Secret;
use super::reply::{BODY_CAP, Reply, too_large};
use super::sse::{Events, Next};

/// Bytes that are read at a time: several chunks of a stream fit, and with 256 connections it is 2 MiB.
const BUFFER: usize = 8 << 10;
/// Most bytes of a stream. Around each token stand some 250 bytes, so an answer of 200,000 tokens fits.
const STREAM_CAP: u64 = 64 << 20;
/// Most bytes that are read of the answer of a server that refuses.
const WORDS_CAP: u64 = 64 << 10;
/// Time for finding and reaching the server. One that is there answers within a second or two.
const CONNECT: Duration = Duration::from_secs(10);
/// Silence after which a request is given up, from the network and from this machine, where small machines run large
/// models: minutes go by before the first token.
const IDLE: Duration = Duration::from_secs(120);
const IDLE_LOOPBACK: Duration = Duration::from_secs(600);
/// Time for which comments of a stream may stand for the answer: servers send them while a request waits for its turn.
/// As long as a backend is waited for that gives no answer.
const COMMENTS: Duration = Duration::from_secs(300);
/// Time within which a connection that was kept and is dead is found out: a round trip to the other side of the world.
const STALE: Duration = Duration::from_secs(1);
/// What ends a stream.
const DONE: &str = "[DONE]";
/// Streams without it that are taken for cut off, as long as a server has not sent it once. One that never sends it
/// is known then, and no answer that was cut just there is taken for a whole one.
const UNMARKED: u32 = 2;

/// Time that a server has to end what it sends behind the mark of the end; only then can the connection serve again.
/// With the usual servers the rest is there with the mark.
const LINGER: Duration = Duration::from_millis(500);
/// Answers in a row whose server did not do so, after which it is not waited for any more. One may come of a machine
/// that was busy.
const LINGERING: u32 = 3;

/// Answers in a row whose server did, after which it is taken for granted: a thread for each answer is a tenth of what
/// the tool has to do for it. The first that is held back all the same ends that for good.
const PROMPT: u32 = 8;

/// The way to a server.
#[derive(Debug)]
pub(super) struct Wire {
    agent: Agent,
    address: Address,
    secret: Option<Secret>,
    idle: Duration,
    /// The server has answered: there may be connections that were kept.
    answered: AtomicBool,
    /// The server marks the end of a stream.
    marks: AtomicBool,
    /// Streams that were not marked.
    unmarked: AtomicU32,
    /// Streams in a row that did not end behind their mark.
    lingering: AtomicU32,
    /// Streams in a row that did.
    prompt: AtomicU32,
    /// One was held back that was taken for granted.
    held: AtomicBool,
}

impl Wire {
    /// To this address, with so many connections at most. `roots`: who is trusted instead of those that are built in.
    pub(super) fn new(
        address: Address,
        secret: Option<Secret>,
        idle: Option<Duration>,
        connections: usize,
        roots: Option<RootCerts>,
    ) -> Wire {
        let usual = if address.is_loopback() { IDLE_LOOPBACK } else { IDLE };
        let idle = idle.unwrap_or(usual);
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("chatml-gen/", env!("CARGO_PKG_VERSION")))
            // Packing would hold the chunks of a stream back.
            .accept_encoding("identity")
            .input_buffer_size(2 * BUFFER)
            .output_buffer_size(2 * BUFFER)
            .max_idle_connections(connections)
            .max_idle_connections_per_host(connections)
            .timeout_resolve(Some(CONNECT))
            .timeout_connect(Some(CONNECT))
            .timeout_per_read(Some(idle))
            .timeout_per_write(Some(idle));
        if address.is_loopback() {
            // A proxy has another idea of what this machine is.
            config = config.proxy(None);
        }
        if let Some(roots) = roots {
            config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
        }
        let agent = config.build().new_agent();
        let (answered, marks) = (AtomicBool::new(false), AtomicBool::new(false));
        Wire {
            agent,
            address,
            secret,
            idle,
            answered,
            marks,
            unmarked: AtomicU32::new(0),
            lingering: AtomicU32::new(0),
            prompt: AtomicU32::new(0),
            held: AtomicBool::new(false),
        }
    }

    /// The address as it may be shown.
    pub(super) fn shown(&self) -> &str {
        self.address.shown()
    }

    /// Sends a body and reads the answer.
    pub(super) fn send(&self, body: &[u8]) -> Result<Reply, Fault> {
        let start = Instant::now();
        let response = match self.post(body) {
            Err(error) if self.stale(&error, start.elapsed()) => self.post(body),
            other => other,
        };
        let response = response.map_err(|error| self.fault(error, false))?;
        self.answered.store(true, Ordering::Relaxed);
        if response.status() == StatusCode::OK {
            self.read(response)
        } else {
            Err(self.refused(response))
        }
    }

    /// Was the request sent on a connection that the server was just closing? Some close each after its answer and
    /// do not say so (llama.cpp does). Such a request was not read, and is sent again at once, one time.
    fn stale(&self, error: &ureq::Error, passed: Duration) -> bool {
        use io::ErrorKind as Kind;
        let closed = matches!(error, ureq::Error::Io(error) if matches!(
            error.kind(),
            Kind::UnexpectedEof | Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe
        ));
        closed && passed < STALE && self.answered.load(Ordering::Relaxed)
    }

    fn post(&self, body: &[u8]) -> Result<Response<Body>, ureq::Error> {
        let mut request =
            self.agent.post(self.address.full()).header("content-type", "application/json");
        if let Some(secret) = &self.secret {
            request = request.header("authorization", secret.header());
        }
        request.send(body)
    }

    /// Breaks off what is under way, for good.
    pub(super) fn stop(&self) {
        self.agent.clone().shutdown();
    }

    fn read(&self, response: Response<Body>) -> Result<Reply, Fault> {
        let kind = header(&response, "content-type").unwrap_or_default().to_ascii_lowercase();
        let reader = response.into_body().into_with_config().limit(u64::MAX).reader();
        let mut reader = BufReader::with_capacity(BUFFER, reader);
        if kind.contains("event-stream") || !kind.contains("json") && looks_like_events(&mut reader)
        {
            let patience = self.idle.max(COMMENTS);
            return self.read_stream(Events::new(reader, STREAM_CAP, BODY_CAP, patience));
        }
        let mut bytes = Vec::new();
        let most = BODY_CAP as u64 + 1;
        let read = reader.take(most).read_to_end(&mut bytes);
        let came = bytes.len();
        read.map_err(|error| {
            let fault = self.fault(error.into(), true);
            if came == 0 { fault } else { fault.after(came) }
        })?;
        if came > BODY_CAP {
            return Err(too_large().after(came));
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| Fault::new(Class::Garbled, "an answer that is not UTF-8").after(came))?;
        Reply::whole(&text).map_err(|fault| self.hide(fault))
    }

    fn read_stream(
        &self,
        mut events: Events<impl BufRead + Send + 'static>,
    ) -> Result<Reply, Fault> {
        let mut reply = Reply::default();
        loop {
            match events.next() {
                Ok(Next::Event(data)) if data.trim() == DONE => break,
                Ok(Next::Event(data)) => {
                    let taken = reply.chunk(&data);
                    taken.map_err(|fault| self.hide(reply.lost(fault)))?;
                }
                Ok(Next::End) => {
                    let reply = reply.end().map_err(|fault| self.hide(fault))?;
                    if self.marks.load(Ordering::Relaxed)
                        || self.unmarked.fetch_add(1, Ordering::Relaxed) < UNMARKED
                    {
                        let reason = format!("the stream ended without {DONE}");
                        return Err(reply.lost(Fault::new(Class::CutOff, reason)));
                    }
                    return Ok(reply);
                }
                Ok(Next::TooLarge) => return Err(too_large().after(reply.came() + events.held())),
                Ok(Next::Garbled) => {
                    return Err(reply.lost(Fault::new(Class::Garbled, "a chunk that is not UTF-8")));
                }
                Ok(Next::Comments) => {
                    let seconds = self.idle.max(COMMENTS).as_secs();
                    let reason = format!("nothing but comments came for {seconds} s");
                    return Err(reply.lost(Fault::new(Class::Silence, reason)));
                }
                Err(error) => return Err(reply.lost(self.fault(error.into(), true))),
            }
        }
        self.marks.store(true, Ordering::Relaxed);
        self.drain(events);
        reply.end().map_err(|fault| self.hide(fault))
    }

    /// Reads what comes behind the end, so that the connection can serve again. A server that keeps it open does not
    /// hold the answer back: it is read by another thread, until nothing came for too long, and the next request has
    /// a connection of its own. One that has ended so many answers at once that it can be trusted is read here, which
    /// saves the thread; if it begins to keep connections open then, each one under way waits for the idle timeout,
    /// once.
    fn drain(&self, events: Events<impl BufRead + Send + 'static>) {
        if self.lingering.load(Ordering::Relaxed) >= LINGERING {
            return;
        }
        if self.prompt.load(Ordering::Relaxed) >= PROMPT && !self.held.load(Ordering::Relaxed) {
            let start = Instant::now();
            events.drain();
            self.held.fetch_or(start.elapsed() >= LINGER, Ordering::Relaxed);
            return;
        }
        let (done, over) = mpsc::channel();
        let read = move || {
            events.drain();
            // Whoever waited may have gone on.
            let _ = done.send(());
        };
        // Where no thread can be had the connection is given up.
        let started = thread::Builder::new().name("drain".to_owned()).spawn(read);
        match started.is_ok() && over.recv_timeout(LINGER).is_err() {
            true => {
                self.lingering.fetch_add(1, Ordering::Relaxed);
                self.prompt.store(0, Ordering::Relaxed);
            }
            false => {
                self.lingering.store(0, Ordering::Relaxed);
                self.prompt.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// What a status that is not 200 means.
    fn refused(&self, response: Response<Body>) -> Fault {
        let status = response.status().as_u16();
        let get = |name: &str| header(&response, name);
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let wait = asked(
            get("retry-after-ms").as_deref(),
            get("retry-after").as_deref(),
            get("date").as_deref(),
            now.as_secs(),
        );
        let mut bytes = Vec::new();
        let reader = response.into_body().into_with_config().limit(u64::MAX).reader();
        // The status says enough; of its words whatever comes is welcome.
        let _ = reader.take(WORDS_CAP).read_to_end(&mut bytes);
        let words = Words::read(&String::from_utf8_lossy(&bytes));
        let (class, parameter) = classify(status, &words);
        let mut reason = format!("HTTP status {status}");
        // Servers repeat parts of a wrong key.
        if class != Class::Unauthorized && !words.message.trim().is_empty() {
            reason = format!("{reason}: {}", said(&words.message));
        }
        self.hide(Fault { wait, parameter, ..Fault::new(class, reason) })
    }

    /// What an error on the way means; `begun` says whether the answer had begun.
    fn fault(&self, error: ureq::Error, begun: bool) -> Fault {
        use io::ErrorKind as Kind;
        let class = match &error {
            ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
                return Fault::new(
                    Class::Connect,
                    format!("no connection in {} s", CONNECT.as_secs()),
                );
            }
            ureq::Error::Timeout(_) => {
                let silence = self.idle.as_secs_f64();
                return Fault::new(Class::Silence, format!("nothing came for {silence} s"));
            }
            ureq::Error::Io(error) => match error.kind() {
                Kind::ConnectionRefused
                | Kind::HostUnreachable
                | Kind::NetworkUnreachable
                | Kind::NetworkDown
                | Kind::AddrNotAvailable => Class::Connect,
                Kind::InvalidData if !begun => Class::Unsafe,
                // A name that nobody knows has no kind of its own.
                _ if error.to_string().starts_with("failed to lookup address") => Class::Connect,
                _ => Class::Dropped,
            },
            ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed
            | ureq::Error::ConnectProxyFailed(_) => Class::Connect,
            ureq::Error::Protocol(_)
            | ureq::Error::LargeResponseHeader(..)
            | ureq::Error::Decompress(..)
            | ureq::Error::BodyStalled => Class::Garbled,
            ureq::Error::BadUri(_) => return Fault::new(Class::Unsafe, "base_url is no address"),
            _ => Class::Unsafe,
        };
        let words = error.to_string();
        // Rust's number behind the words of the system helps nobody.
        let words = words.split(" (os error ").next().unwrap_or(&words);
        self.hide(Fault::new(class, words.strip_prefix("io: ").unwrap_or(words)))
    }

    fn hide(&self, mut fault: Fault) -> Fault {
        if let Some(secret) = &self.secret {
            fault.reason = secret.hide(&fault.reason);
        }
        fault
    }
}

fn header(response: &Response<Body>, name: &str) -> Option<String> {
    response.headers().get(name)?.to_str().ok().map(str::to_owned)
}

/// Is it a stream although it does not say so?
fn looks_like_events(reader: &mut impl BufRead) -> bool {
    reader.fill_buf().is_ok_and(|bytes| {
        let text = bytes.trim_ascii_start();
        text.starts_with(b"data:") || text.starts_with(b":") || text.starts_with(b"event:")
    })
}
