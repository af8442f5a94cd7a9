//! A proxy on loopback that breaks requests and answers by a seeded plan.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use super::message::Message;

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// Nothing.
    Pass,
    /// The connection is reset; the server never sees the request.
    ResetBefore,
    /// The server executes; the connection is reset instead of answering.
    ResetAfter,
    /// The server executes; the connection ends in the middle of the answer's body.
    CutBody,
    /// The server executes; the answer's body stops in the middle and never goes on.
    StalledBody,
    /// The server executes; the answer comes long after everybody has stopped waiting.
    Late,
    /// The server never sees the request; nothing comes back.
    Swallowed,
    /// The server executes; bytes come back that are no HTTP.
    Garbage,
    /// The server executes; a gateway answers for it with a page of HTML.
    GatewayAfter,
    /// A gateway answers; the server never sees the request.
    GatewayBefore,
    /// The same bytes reach the server twice, at the same time.
    Twice,
    /// The answer comes in small pieces.
    Slow,
    /// The answer comes, and then the connection is closed although it could be kept.
    CloseAfter,
}

/// All faults, with how often each is chosen in a hundred requests.
const WEIGHTS: [(Fault, u64); 13] = [
    (Fault::Pass, 52),
    (Fault::ResetBefore, 5),
    (Fault::ResetAfter, 7),
    (Fault::CutBody, 4),
    (Fault::StalledBody, 3),
    (Fault::Late, 3),
    (Fault::Swallowed, 3),
    (Fault::Garbage, 3),
    (Fault::GatewayAfter, 4),
    (Fault::GatewayBefore, 4),
    (Fault::Twice, 5),
    (Fault::Slow, 3),
    (Fault::CloseAfter, 4),
];

/// How long an answer of [`Fault::Late`] takes.
const LATE: Duration = Duration::from_millis(1_500);

const PAGE: &[u8] = b"HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\n\
    content-length: 37\r\n\r\n<html><h1>502 Bad Gateway</h1></html>";

/// A running proxy. It stops with the tokio runtime that it was started on.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    plan: Arc<Plan>,
}

#[derive(Debug)]
struct Plan {
    upstream: SocketAddr,
    seed: u64,
    requests: AtomicU64,
    counts: Mutex<BTreeMap<Fault, u64>>,
}

impl Proxy {
    /// Starts a proxy before a server, on a free port.
    ///
    /// # Errors
    /// If the system gives no port.
    pub async fn start(upstream: SocketAddr, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let plan = Arc::new(Plan {
            upstream,
            seed,
            requests: AtomicU64::new(0),
            counts: Mutex::default(),
        });
        let accepting = Arc::clone(&plan);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let plan = Arc::clone(&accepting);
                // What breaks here is what the test is about.
                tokio::spawn(async move { plan.serve(stream).await.ok() });
            }
        });
        Ok(Self { address, plan })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How often each fault came so far.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Fault, u64> {
        let counts = self.plan.counts.lock();
        counts.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Plan {
    fn next(&self) -> Fault {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let mut draw = mix(self.seed ^ mix(number)) % 100;
        let mut fault = Fault::Pass;
        for (candidate, weight) in WEIGHTS {
            fault = candidate;
            if draw < weight {
                break;
            }
            draw -= weight;
        }
        let counts = self.counts.lock();
        *counts
            .unwrap_or_else(PoisonError::into_inner)
            .entry(fault)
            .or_default() += 1;
        fault
    }

    async fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        while let Some(request) = Message::read(&mut client).await? {
            if !self.handle(&mut client, request).await? {
                break;
            }
        }
        Ok(())
    }

    /// Handles one request; tells whether the connection goes on.
    async fn handle(&self, client: &mut TcpStream, request: Message) -> io::Result<bool> {
        let fault = self.next();
        match fault {
            Fault::ResetBefore => return reset(client),
            Fault::Swallowed => {
                tokio::time::sleep(LATE).await;
                return reset(client);
            }
            Fault::GatewayBefore => {
                client.write_all(PAGE).await?;
                return Ok(true);
            }
            _ => {}
        }
        let answer = if fault == Fault::Twice {
            let (first, second) = tokio::join!(self.ask(&request), self.ask(&request));
            let (first, second) = (first?, second?);
            // As a gateway does that tries again: a copy that was turned away is not what counts.
            if first.is_turned_away() {
                second
            } else {
                first
            }
        } else {
            self.ask(&request).await?
        };
        match fault {
            Fault::ResetAfter => return reset(client),
            Fault::Garbage => {
                client
                    .write_all(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
                    .await?;
                return Ok(false);
            }
            Fault::GatewayAfter => client.write_all(PAGE).await?,
            Fault::CutBody => {
                client.write_all(&answer.bytes[..answer.half()]).await?;
                return Ok(false);
            }
            Fault::StalledBody => {
                client.write_all(&answer.bytes[..answer.half()]).await?;
                tokio::time::sleep(LATE).await;
                return Ok(false);
            }
            Fault::Late => {
                tokio::time::sleep(LATE).await;
                client.write_all(&answer.bytes).await?;
            }
            Fault::Slow => {
                for piece in answer.bytes.chunks(64) {
                    client.write_all(piece).await?;
                    client.flush().await?;
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            }
            _ => client.write_all(&answer.bytes).await?,
        }
        Ok(fault != Fault::CloseAfter)
    }

    /// The server's answer.
    async fn ask(&self, request: &Message) -> io::Result<Message> {
        let mut server = TcpStream::connect(self.upstream).await?;
        server.write_all(&request.bytes).await?;
        let answer = Message::read(&mut server).await?;
        answer.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

/// Ends a connection so that the other side sees a reset and not an orderly end.
fn reset(client: &TcpStream) -> io::Result<bool> {
    client.set_zero_linger()?;
    Ok(false)
}

/// Scrambles a number, as in SplitMix64.
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
