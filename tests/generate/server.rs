//! A small HTTP server that plays a chat API with faults, in this process.
//!
//! Each request is shown to a script, which says what becomes of it. Connections stay open for further requests,
//! as with real servers, and what was asked is kept for the test to look at.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::{Value, json};

/// What becomes of a request.
pub(crate) enum Act {
    /// This status, these headers, this body.
    Say(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Events with these data; closed without the end of the stream if not `whole`.
    Stream { data: Vec<String>, whole: bool },
    /// Events with these data, and then nothing, until the other side goes away.
    Linger(Vec<String>),
    /// The connection is closed without a word.
    Hang,
    /// A body of which only the beginning comes.
    Half,
    /// Nothing, until the other side goes away.
    Stall,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) headers: String,
    pub(crate) body: Value,
}

type Script = dyn Fn(usize, &Seen) -> Act + Send + Sync;

/// The server. It ends when it is dropped.
pub(crate) struct Server {
    address: String,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    script: Box<Script>,
    seen: Mutex<Vec<Seen>>,
    ended: AtomicBool,
    in_flight: AtomicUsize,
    most: AtomicUsize,
}

impl Server {
    /// Plays this script: the number of the request, from 0, and the request.
    pub(crate) fn new(script: impl Fn(usize, &Seen) -> Act + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared {
            script: Box::new(script),
            seen: Mutex::default(),
            ended: AtomicBool::new(false),
            in_flight: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        });
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if for_thread.ended.load(Ordering::SeqCst) {
                    return;
                }
                let (stream, shared) = (stream.unwrap(), Arc::clone(&for_thread));
                std::thread::spawn(move || serve(stream, &shared));
            }
        });
        Server { address, shared, thread: Some(thread) }
    }

    /// Plays these in order, and the good answer from then on.
    pub(crate) fn script(acts: Vec<Act>) -> Server {
        let acts: Mutex<Vec<Option<Act>>> = Mutex::new(acts.into_iter().map(Some).collect());
        Server::new(move |number, _| {
            let act = acts.lock().unwrap().get_mut(number).and_then(Option::take);
            act.unwrap_or_else(|| good("Good."))
        })
    }

    /// The `base_url` of a plan.
    pub(crate) fn base(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// Requests that were under way at once, at most.
    pub(crate) fn most(&self) -> usize {
        self.shared.most.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(&self.address); // wakes the listener
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// An error as servers send it.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Act {
    with(status, &[], code, message)
}

/// An error with headers.
pub(crate) fn with(
    status: u16,
    headers: &[(&'static str, &str)],
    code: &str,
    message: &str,
) -> Act {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let body = json!({"error": {"message": message, "code": code}});
    Act::Say(status, headers, body.to_string().into_bytes())
}

/// A whole answer that is no stream.
pub(crate) fn at_once(text: &str, finish: &str) -> Act {
    let body = json!({
        "model": "m-1", "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 12, "completion_tokens": 5},
    });
    Act::Say(200, vec![], body.to_string().into_bytes())
}

/// The events of a stream with this text in two chunks.
pub(crate) fn events(text: &str, finish: &str) -> Vec<String> {
    let (one, two) = text.split_at(text.len() / 2);
    let chunk = |delta: Value, finish: Value| {
        json!({"model": "m-1", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
            .to_string()
    };
    vec![
        chunk(json!({"role": "assistant", "content": one}), Value::Null),
        chunk(json!({"content": two}), Value::Null),
        chunk(json!({}), finish.into()),
        json!({"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 5}}).to_string(),
        "[DONE]".to_owned(),
    ]
}

/// A stream with this text.
pub(crate) fn ended(text: &str, finish: &str) -> Act {
    Act::Stream { data: events(text, finish), whole: true }
}

/// A good answer.
pub(crate) fn good(text: &str) -> Act {
    ended(text, "stop")
}

/// Serves the requests of a connection.
fn serve(stream: TcpStream, shared: &Shared) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    while let Some(seen) = read(&mut reader) {
        let number = {
            let mut all = shared.seen.lock().unwrap();
            all.push(seen.clone());
            all.len() - 1
        };
        shared
            .most
            .fetch_max(shared.in_flight.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let act = (shared.script)(number, &seen);
        shared.in_flight.fetch_sub(1, Ordering::SeqCst);
        // Who was waiting may have gone.
        if !act.play(&mut reader, &mut writer).unwrap_or(false) {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Seen> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = String::new();
    while reader.read_line(&mut headers).ok()? > 2 {}
    let length = headers.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    })?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Seen { path, headers, body: serde_json::from_slice(&body).unwrap() })
}

impl Act {
    /// Plays it. Says whether the connection goes on.
    fn play(self, reader: &mut impl Read, to: &mut TcpStream) -> std::io::Result<bool> {
        match self {
            Act::Say(status, headers, body) => {
                let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
                for (name, value) in headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                to.write_all(&[head.as_bytes(), b"\r\n", &body].concat())?;
                Ok(true)
            }
            Act::Linger(data) => {
                Act::Stream { data, whole: false }.play(reader, to)?;
                Act::Stall.play(reader, to)
            }
            Act::Stream { data, whole } => {
                let mut bytes = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                                  transfer-encoding: chunked\r\n\r\n"
                    .to_vec();
                for data in data {
                    let event = format!("data: {data}\n\n");
                    bytes.extend(format!("{:x}\r\n{event}\r\n", event.len()).into_bytes());
                }
                if whole {
                    bytes.extend(b"0\r\n\r\n");
                }
                to.write_all(&bytes)?;
                Ok(whole)
            }
            Act::Hang => Ok(false),
            Act::Half => {
                to.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"choices\":")?;
                Ok(false)
            }
            Act::Stall => {
                let _ = reader.read(&mut [0]);
                Ok(false)
            }
        }
    }
}
