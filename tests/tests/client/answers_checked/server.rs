//! A server on its own threads that sends the bytes that a test wants.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A request: its first line, and its headers in lower case.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl Received {
    pub(crate) fn path(&self) -> &str {
        let path = self.line.split(' ').nth(1).unwrap_or_default();
        path.split('?').next().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// What the server does after a response.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum After {
    Keep,
    /// Closes the connection after this many milliseconds.
    Close(u64),
    /// Sends these bytes after 5 ms, without being asked.
    Send(&'static str),
}

/// The bytes of a response, and what follows.
pub(crate) type Reply = (String, After);

/// Starts a server, and returns its URL and the requests that it has received. The second argument
/// of the closure is the number of requests before this one.
pub(crate) fn serve(
    answer: impl Fn(&Received, usize) -> Reply + Send + Sync + 'static,
) -> (String, Arc<Mutex<Vec<Received>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let received = Arc::new(Mutex::new(Vec::new()));
    let (log, answer) = (Arc::clone(&received), Arc::new(answer));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
            thread::spawn(move || serve_connection(&stream, &log, &*answer));
        }
    });
    (url, received)
}

pub(crate) fn serve_connection(
    stream: &TcpStream,
    log: &Mutex<Vec<Received>>,
    answer: &(dyn Fn(&Received, usize) -> Reply + Send + Sync),
) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    while let Some(request) = read_request(&mut reader) {
        let before = {
            let mut log = log.lock().unwrap();
            log.push(request.clone());
            log.len() - 1
        };
        let (bytes, after) = answer(&request, before);
        if bytes.is_empty() || writer.write_all(bytes.as_bytes()).is_err() {
            return;
        }
        match after {
            After::Keep => {}
            After::Close(millis) => return thread::sleep(Duration::from_millis(millis)),
            After::Send(more) => {
                thread::sleep(Duration::from_millis(5));
                let _ = writer.write_all(more.as_bytes());
            }
        }
    }
}

pub(crate) fn read_request(reader: &mut impl BufRead) -> Option<Received> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let request = Received { line, headers };
    let length = request.header("content-length").unwrap_or("0");
    let mut body = vec![0; length.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    Some(request)
}

pub(crate) fn response(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\n\r\n{body}")
}

pub(crate) fn customer(id: &str) -> String {
    format!(r#"{{"id":"{id}","object":"customer","created":1,"livemode":false,"metadata":{{}}}}"#)
}

/// The object of the request's path.
pub(crate) fn requested(request: &Received) -> String {
    let id = request.path().rsplit('/').next().unwrap_or_default();
    match request.line.starts_with("DELETE") {
        true => format!(r#"{{"id":"{id}","object":"customer","deleted":true}}"#),
        false if request.line.starts_with("POST") => customer("cus_new"),
        false => customer(id),
    }
}
