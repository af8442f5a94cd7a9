//! A small HTTP/1.1 server that responds by a closure and records its requests.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A request as it was received.
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

    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    /// The decoded query.
    pub(crate) fn query(&self) -> String {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        percent_encoding::percent_decode_str(query)
            .decode_utf8()
            .unwrap()
            .into_owned()
    }

    /// One parameter of the query.
    pub(crate) fn param(&self, key: &str) -> Option<String> {
        let query = self.query();
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value.to_owned())
    }
}

/// What the server does with a request.
pub(crate) enum Reply {
    /// Responds with this status, these headers and this body.
    Respond(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Responds, and then closes the connection.
    Last(&'static str),
    /// Announces a longer body than it sends, and closes the connection.
    Cut(&'static str),
    /// Closes the connection without a response.
    HangUp,
    /// Never responds.
    Stall,
    /// Sends the head and a part of the body, and then nothing.
    StallInBody,
    /// Sends an item after this many spaces, in many small chunks, without announcing its length.
    Chunked(usize),
    /// Sends the head after a pause, and then an item in chunks, each after another pause.
    Slow(Duration, usize),
}

impl Reply {
    pub(crate) fn json(body: &str) -> Self {
        Self::status(200, body)
    }

    pub(crate) fn status(status: u16, body: &str) -> Self {
        let id = ("request-id", "req_wire".to_owned());
        Self::Respond(status, vec![id], body.as_bytes().to_vec())
    }
}

type Handler = dyn Fn(&Seen) -> Reply + Send + Sync;

/// A server on a free port; it stops with the runtime of the test.
pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    closed: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) async fn start(handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, handler): (_, Arc<Handler>) = (Arc::clone(&seen), Arc::new(handler));
        let connections = AtomicUsize::new(0);
        let closed = Arc::new(AtomicUsize::new(0));
        let ended = Arc::clone(&closed);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = connections.fetch_add(1, Ordering::SeqCst);
                let serving = serve(stream, number, Arc::clone(&log), Arc::clone(&handler));
                let ended = Arc::clone(&ended);
                tokio::spawn(async move {
                    serving.await.ok();
                    ended.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        Self { url, seen, closed }
    }

    /// Responds to all requests with one JSON text.
    pub(crate) async fn always(body: &'static str) -> Self {
        Self::start(move |_| Reply::json(body)).await
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// How many connections the server has closed, or the client.
    pub(crate) fn closed(&self) -> usize {
        self.closed.load(Ordering::SeqCst)
    }

    /// The only request so far.
    pub(crate) fn only(&self) -> Seen {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:#?}");
        seen[0].clone()
    }
}

async fn serve(
    stream: TcpStream,
    connection: usize,
    log: Arc<Mutex<Vec<Seen>>>,
    handler: Arc<Handler>,
) -> std::io::Result<()> {
    // A response is several writes, which must not wait for the acknowledgement of the one before.
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream, connection).await? {
        log.lock().unwrap().push(request.clone());
        let reply = handler(&request);
        if !answer(&mut stream, reply).await? {
            break;
        }
    }
    Ok(())
}

async fn read(
    stream: &mut BufReader<TcpStream>,
    connection: usize,
) -> std::io::Result<Option<Seen>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
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
    stream.read_exact(&mut body).await?;
    seen.body = String::from_utf8_lossy(&body).into_owned();
    Ok(Some(seen))
}

/// Whether the connection stays open.
async fn answer(stream: &mut BufReader<TcpStream>, reply: Reply) -> std::io::Result<bool> {
    let head = |length: usize| format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
    match reply {
        Reply::Respond(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            stream.write_all(format!("{head}\r\n").as_bytes()).await?;
            stream.write_all(&body).await?;
            return Ok(true);
        }
        Reply::Last(body) => {
            stream.write_all(head(body.len()).as_bytes()).await?;
            stream.write_all(body.as_bytes()).await?;
        }
        Reply::Cut(body) => {
            stream.write_all(head(body.len() + 10).as_bytes()).await?;
            stream.write_all(body.as_bytes()).await?;
        }
        Reply::HangUp => {}
        Reply::Stall => tokio::time::sleep(Duration::from_secs(600)).await,
        Reply::StallInBody => {
            stream.write_all(head(100).as_bytes()).await?;
            stream.write_all(b"{\"id\":").await?;
            tokio::time::sleep(Duration::from_secs(600)).await;
        }
        Reply::Slow(pause, pieces) => {
            tokio::time::sleep(pause * 2).await;
            let body = "{\"id\": \"item_1\"}";
            stream
                .write_all(head(body.len() + pieces).as_bytes())
                .await?;
            for _ in 0..pieces {
                tokio::time::sleep(pause / 2).await;
                stream.write_all(b" ").await?;
            }
            stream.write_all(body.as_bytes()).await?;
            return Ok(true);
        }
        Reply::Chunked(length) => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                .await?;
            for _ in 0..length / 1_000 {
                stream.write_all(b"3e8\r\n").await?;
                stream.write_all(&[b' '; 1_000]).await?;
                stream.write_all(b"\r\n").await?;
            }
            stream
                .write_all(b"10\r\n{\"id\": \"item_1\"}\r\n0\r\n\r\n")
                .await?;
            return Ok(true);
        }
    }
    Ok(false)
}
