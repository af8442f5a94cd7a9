//! A server on threads of its own, whose handlers read and write the bytes of bodies themselves.
//! Every connection serves one request.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// A request whose body was not read yet.
pub(crate) struct Exchange {
    /// How many requests came before.
    pub(crate) index: usize,
    pub(crate) target: String,
    headers: Vec<(String, String)>,
    reader: BufReader<TcpStream>,
}

impl Exchange {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn content_length(&self) -> u64 {
        self.header("content-length")
            .map_or(0, |length| length.parse().unwrap())
    }

    /// Reads the whole body; shorter if the client breaks off.
    pub(crate) fn body(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        let length = self.content_length();
        let _ = self.reader.by_ref().take(length).read_to_end(&mut body);
        body
    }

    /// Reads the body and keeps none of it. Returns its length.
    pub(crate) fn discard_body(&mut self) -> u64 {
        let length = self.content_length();
        std::io::copy(&mut self.reader.by_ref().take(length), &mut std::io::sink()).unwrap_or(0)
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> bool {
        self.reader.get_mut().write_all(bytes).is_ok()
    }

    /// Sends a head with this status and content length.
    pub(crate) fn write_head(&mut self, status: u16, length: u64, content_type: &str) {
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\ncontent-type: {content_type}\r\n\
             request-id: req_1\r\nconnection: close\r\n\r\n"
        );
        self.write(head.as_bytes());
    }

    pub(crate) fn respond(&mut self, status: u16, body: &str) {
        self.write_head(status, body.len() as u64, "application/json");
        self.write(body.as_bytes());
    }
}

type Handler = dyn Fn(&mut Exchange) + Send + Sync;

pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) fn start(handler: impl Fn(&mut Exchange) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let (count, handler): (_, Arc<Handler>) = (Arc::clone(&requests), Arc::new(handler));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (count, handler) = (Arc::clone(&count), Arc::clone(&handler));
                std::thread::spawn(move || serve(stream.unwrap(), &count, &*handler));
            }
        });
        Self { url, requests }
    }

    /// How many requests were received.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

fn serve(stream: TcpStream, count: &AtomicUsize, handler: &Handler) {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        match line.trim_end() {
            "" => break,
            text => lines.push(text.to_owned()),
        }
    }
    let target = lines[0].split(' ').nth(1).unwrap().to_owned();
    let headers = lines[1..].iter().filter_map(|line| line.split_once(": "));
    let mut exchange = Exchange {
        index: count.fetch_add(1, Ordering::SeqCst),
        target,
        headers: headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect(),
        reader,
    };
    handler(&mut exchange);
}

/// What handlers have noted, for the test to look at.
pub(crate) struct Notes<T>(Arc<Mutex<Vec<T>>>);

impl<T> Notes<T> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Vec::new())))
    }

    pub(crate) fn add(&self, note: T) {
        self.0.lock().unwrap().push(note);
    }

    pub(crate) fn take(&self) -> Vec<T> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl<T> Clone for Notes<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
