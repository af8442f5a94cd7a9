//! A proxy on loopback that injects faults into requests and responses, drawn from a seed.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use super::message::HttpMessage;

/// The fault that one request meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProxyFault {
    /// No fault.
    Pass,
    /// The connection is reset; the server never sees the request.
    ResetBefore,
    /// The server executes; the connection is reset before the response.
    ResetAfter,
    /// The server executes; the connection ends in the middle of the response body.
    CutBody,
    /// The server executes; the response body stops in the middle and never continues.
    StalledBody,
    /// The server executes; the response comes after the time limit of the client.
    Late,
    /// The server never sees the request; nothing comes back.
    Swallowed,
    /// The server executes; the response is not HTTP.
    Garbage,
    /// The server executes; a gateway responds with an HTML page.
    GatewayAfter,
    /// A gateway responds; the server never sees the request.
    GatewayBefore,
    /// The same bytes reach the server twice, at the same time.
    Twice,
    /// The response comes in small parts.
    Slow,
    /// The response comes, and then the connection is closed although it could be kept.
    CloseAfter,
}

/// All faults with their probabilities in percent.
const WEIGHTS: [(ProxyFault, u64); 13] = [
    (ProxyFault::Pass, 52),
    (ProxyFault::ResetBefore, 5),
    (ProxyFault::ResetAfter, 7),
    (ProxyFault::CutBody, 4),
    (ProxyFault::StalledBody, 3),
    (ProxyFault::Late, 3),
    (ProxyFault::Swallowed, 3),
    (ProxyFault::Garbage, 3),
    (ProxyFault::GatewayAfter, 4),
    (ProxyFault::GatewayBefore, 4),
    (ProxyFault::Twice, 5),
    (ProxyFault::Slow, 3),
    (ProxyFault::CloseAfter, 4),
];

/// The delay of [`ProxyFault::Late`]
const LATE: Duration = Duration::from_millis(1_500);

const PAGE: &[u8] = b"HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\n\
    content-length: 37\r\n\r\n<html><h1>502 Bad Gateway</h1></html>";

/// A running proxy. It stops with the tokio runtime that it was started on.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    plan: Arc<FaultPlan>,
}

#[derive(Debug)]
struct FaultPlan {
    upstream: SocketAddr,
    seed: u64,
    requests: AtomicU64,
    counts: Mutex<BTreeMap<ProxyFault, u64>>,
}

impl Proxy {
    /// Starts a proxy before a server, on a free port.
    ///
    /// # Errors
    /// If no port is available.
    pub async fn start(upstream: SocketAddr, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let plan = Arc::new(FaultPlan {
            upstream,
            seed,
            requests: AtomicU64::new(0),
            counts: Mutex::default(),
        });
        let accepting = Arc::clone(&plan);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let plan = Arc::clone(&accepting);
                // Broken connections are the purpose of this proxy.
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

    /// How often each fault was injected so far.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<ProxyFault, u64> {
        let counts = self.plan.counts.lock();
        counts.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl FaultPlan {
    fn next_fault(&self) -> ProxyFault {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let mut draw = mix(self.seed ^ mix(number)) % 100;
        let mut injected = ProxyFault::Pass;
        for (candidate, weight) in WEIGHTS {
            injected = candidate;
            if draw < weight {
                break;
            }
            draw -= weight;
        }
        let counts = self.counts.lock();
        *counts
            .unwrap_or_else(PoisonError::into_inner)
            .entry(injected)
            .or_default() += 1;
        injected
    }

    async fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        while let Some(request) = HttpMessage::read(&mut client).await? {
            if !self.handle_request(&mut client, request).await? {
                break;
            }
        }
        Ok(())
    }

    /// Handles one request. Returns whether the connection stays open.
    async fn handle_request(
        &self,
        client: &mut TcpStream,
        request: HttpMessage,
    ) -> io::Result<bool> {
        let injected = self.next_fault();
        match injected {
            ProxyFault::ResetBefore => return reset(client),
            ProxyFault::Swallowed => {
                tokio::time::sleep(LATE).await;
                return reset(client);
            }
            ProxyFault::GatewayBefore => {
                client.write_all(PAGE).await?;
                return Ok(true);
            }
            _ => {}
        }
        let response = if injected == ProxyFault::Twice {
            let (first, second) = tokio::join!(
                self.forward_request(&request),
                self.forward_request(&request)
            );
            let (first, second) = (first?, second?);
            // Like a gateway that retries: a copy that was rate limited is not the response.
            if first.is_rate_limited() {
                second
            } else {
                first
            }
        } else {
            self.forward_request(&request).await?
        };
        match injected {
            ProxyFault::ResetAfter => return reset(client),
            ProxyFault::Garbage => {
                client
                    .write_all(b"\x16\x03\x01 this is not HTTP\r\n\r\n")
                    .await?;
                return Ok(false);
            }
            ProxyFault::GatewayAfter => client.write_all(PAGE).await?,
            ProxyFault::CutBody => {
                client.write_all(&response.bytes[..response.half()]).await?;
                return Ok(false);
            }
            ProxyFault::StalledBody => {
                client.write_all(&response.bytes[..response.half()]).await?;
                tokio::time::sleep(LATE).await;
                return Ok(false);
            }
            ProxyFault::Late => {
                tokio::time::sleep(LATE).await;
                client.write_all(&response.bytes).await?;
            }
            ProxyFault::Slow => {
                for piece in response.bytes.chunks(64) {
                    client.write_all(piece).await?;
                    client.flush().await?;
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            }
            _ => client.write_all(&response.bytes).await?,
        }
        Ok(injected != ProxyFault::CloseAfter)
    }

    /// Sends a copy of a request to the server and returns the response.
    async fn forward_request(&self, request: &HttpMessage) -> io::Result<HttpMessage> {
        let mut server = TcpStream::connect(self.upstream).await?;
        server.write_all(&request.bytes).await?;
        let response = HttpMessage::read(&mut server).await?;
        response.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

/// Closes a connection so that the peer gets a reset instead of an orderly end.
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
