//! `protocols COUNT CONCURRENT`: calls over TLS to a server in this process that offers HTTP/2 and
//! HTTP/1.1. Prints the protocol that was spoken, the calls per second and the number of
//! connections. The client speaks HTTP/2 if this program is built with the feature `http2`.

use std::convert::Infallible;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::pki_types::PrivateKeyDer;
use stripe::rate_limit::{Limiter, Preset};
use stripe::transport::{HttpOptions, HttpTransport, ProxyChoice, RootCertificates};
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// How this program ends when something fails.
type Failure = Box<dyn std::error::Error + Send + Sync>;

const CUSTOMER: &str = include_str!("../../../documents/customer.json");
const ID: &str = "cus_qHabxZyElR3d6I";

/// Limits that are never reached.
const GENEROUS: Preset = Preset::new(10_000_000, 10_000_000, 10_000_000);

/// How many connections the server has accepted.
static CONNECTIONS: AtomicUsize = AtomicUsize::new(0);

struct Certificate {
    pem: String,
    config: rustls::ServerConfig,
}

fn certificate() -> Result<Certificate, Failure> {
    let generated = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let key = PrivateKeyDer::try_from(generated.signing_key.serialize_der())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![generated.cert.der().clone()], key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let pem = generated.cert.pem();
    Ok(Certificate { pem, config })
}

async fn respond(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(CUSTOMER.as_bytes())));
    let headers = response.headers_mut();
    let version = request.headers().get("stripe-version").cloned();
    headers
        .extend(version.map(|version| (http::HeaderName::from_static("stripe-version"), version)));
    Ok(response)
}

async fn serve(listener: TcpListener, config: rustls::ServerConfig) -> Result<(), Failure> {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        CONNECTIONS.fetch_add(1, Ordering::Relaxed);
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let stream = acceptor.accept(stream).await?;
            let server = auto::Builder::new(TokioExecutor::new());
            server
                .serve_connection(TokioIo::new(stream), service_fn(respond))
                .await
        });
    }
}

async fn measure(
    client: Arc<stripe::Client>,
    count: usize,
    concurrent: usize,
) -> Result<f64, Failure> {
    let mut callers = JoinSet::new();
    let started = Instant::now();
    for _ in 0..concurrent {
        let client = Arc::clone(&client);
        callers.spawn(async move {
            for _ in 0..count / concurrent {
                client.customers().retrieve(ID).await?;
            }
            Ok::<_, stripe::Error>(())
        });
    }
    while let Some(done) = callers.join_next().await {
        done??;
    }
    Ok((count / concurrent * concurrent) as f64 / started.elapsed().as_secs_f64())
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse());
    let (Some(count), Some(concurrent)) = (arguments.next(), arguments.next()) else {
        return Err("usage: protocols COUNT CONCURRENT".into());
    };
    let (count, concurrent): (usize, usize) = (count?, concurrent?);
    let Certificate { pem, config } = certificate()?;
    let server = Builder::new_current_thread().enable_all().build()?;
    let listener = server.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || server.block_on(serve(listener, config)));
    let transport = HttpTransport::new(HttpOptions {
        proxy: ProxyChoice::Direct,
        root_certificates: RootCertificates::from_pem(pem.as_bytes())?,
        ..HttpOptions::default()
    })?;
    let client = stripe::Client::builder()
        .api_key("sk_test_measured")
        .base_url(format!("https://localhost:{port}"))
        .transport(transport)
        .rate_limiter(Limiter::new(GENEROUS).concurrent(100_000).queue(100_000))
        .build()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let rate = runtime.block_on(measure(Arc::new(client), count, concurrent))?;
    let protocol = if cfg!(feature = "http2") {
        "HTTP/2"
    } else {
        "HTTP/1.1"
    };
    let connections = CONNECTIONS.load(Ordering::Relaxed);
    writeln!(
        std::io::stdout(),
        "{protocol}: {rate:.0} calls per second, {connections} connections"
    )?;
    Ok(())
}
