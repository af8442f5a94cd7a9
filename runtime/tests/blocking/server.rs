//! A small HTTP/1.1 server with a thread for each connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) connection: usize,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// What the server does with a request.
pub(crate) enum Reply {
    /// Answers with this status, a header and a body.
    Answer(u16, (&'static str, String), String),
    /// Answers, and then closes the connection.
    Last(&'static str),
    /// Announces more than it sends, and hangs up.
    Cut(&'static str),
    /// Hangs up without an answer.
    HangUp,
    /// Never answers.
    Stall,
    /// Sends the head and a part of the body, and then nothing.
    StallInBody,
    /// Sends a body of this many pieces without announcing its length, with a pause before each.
    Pieces(usize, Duration),
    /// Lets a proxy's client through.
    Tunnel,
}

impl Reply {
    pub(crate) fn json(body: &str) -> Self {
        Self::status(200, body)
    }

    pub(crate) fn status(status: u16, body: &str) -> Self {
        Self::Answer(status, ("request-id", "req_1".to_owned()), body.to_owned())
    }
}

type Handler = dyn Fn(&Seen) -> Reply + Send + Sync;

/// A server on a free port; it stops with the test's process.
pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(crate) fn start(handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, handler): (_, Arc<Handler>) = (Arc::clone(&seen), Arc::new(handler));
        let connections = AtomicUsize::new(0);
        std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                let number = connections.fetch_add(1, Ordering::SeqCst);
                let (log, handler) = (Arc::clone(&log), Arc::clone(&handler));
                std::thread::spawn(move || serve(&stream, number, &log, &*handler));
            }
        });
        Self { url, seen }
    }

    /// Answers everything with one JSON text.
    pub(crate) fn always(body: &'static str) -> Self {
        Self::start(move |_| Reply::json(body))
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The only request so far.
    pub(crate) fn only(&self) -> Seen {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:#?}");
        seen[0].clone()
    }
}

fn serve(stream: &TcpStream, number: usize, log: &Mutex<Vec<Seen>>, handler: &Handler) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader, number) {
        log.lock().unwrap().push(request.clone());
        let goes_on = answer(stream, handler(&request)).unwrap_or(false);
        if !goes_on {
            break;
        }
    }
    stream.shutdown(Shutdown::Both).ok();
}

fn read(reader: &mut BufReader<&TcpStream>, connection: usize) -> Option<Seen> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            text => lines.push(text.to_owned()),
        }
    }
    let mut words = lines.first()?.split(' ').map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let headers: Vec<_> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut seen = Seen {
        connection,
        method,
        target,
        headers,
        body: String::new(),
    };
    let length = seen
        .header("content-length")
        .map_or(0, |text| text.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    seen.body = String::from_utf8(body).unwrap();
    Some(seen)
}

/// Whether the connection stays open.
fn answer(mut stream: &TcpStream, reply: Reply) -> std::io::Result<bool> {
    let head = |length: usize| format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
    match reply {
        Reply::Answer(status, (name, value), body) => {
            let length = body.len();
            let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n");
            stream.write_all(format!("{head}{name}: {value}\r\n\r\n{body}").as_bytes())?;
            return Ok(true);
        }
        Reply::Last(body) => stream.write_all((head(body.len()) + body).as_bytes())?,
        Reply::Cut(body) => stream.write_all((head(body.len() + 10) + body).as_bytes())?,
        Reply::HangUp => {}
        Reply::Stall => std::thread::sleep(Duration::from_secs(600)),
        Reply::StallInBody => {
            stream.write_all((head(100) + "{\"id\":").as_bytes())?;
            std::thread::sleep(Duration::from_secs(600));
        }
        Reply::Pieces(count, pause) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
            for _ in 0..count {
                std::thread::sleep(pause);
                stream.write_all(format!("3e8\r\n{:1000}\r\n", "").as_bytes())?;
            }
            stream.write_all(b"10\r\n{\"id\": \"item_1\"}\r\n0\r\n\r\n")?;
            return Ok(true);
        }
        Reply::Tunnel => {
            stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
            return Ok(true);
        }
    }
    Ok(false)
}
