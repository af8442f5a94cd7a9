//! A server on loopback that responds to every request with one text, on threads of its own. It
//! runs in another process than the client that is measured, so that its instructions are not
//! counted and the client's runtime has one task to wait for.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// The end of the headers. Requests have no body.
const END: &[u8] = b"\r\n\r\n";

/// Serves until the process is killed; prints the address on one line.
///
/// # Errors
/// If the system gives no port.
pub fn serve(body: &str) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    writeln!(io::stdout(), "{}", listener.local_addr()?)?;
    let response: Arc<[u8]> = response(body).into_bytes().into();
    for stream in listener.incoming() {
        let (stream, response) = (stream?, Arc::clone(&response));
        // A client that closes its connection ends the thread.
        thread::spawn(move || respond(stream, &response));
    }
    Ok(())
}

/// The response with as many headers as the API sends.
fn response(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\n\
         server: nginx\r\n\
         date: Sun, 29 Nov 2026 09:00:00 GMT\r\n\
         content-type: application/json\r\n\
         content-length: {}\r\n\
         connection: keep-alive\r\n\
         access-control-allow-credentials: true\r\n\
         access-control-allow-methods: GET, HEAD, PUT, PATCH, POST, DELETE\r\n\
         access-control-allow-origin: *\r\n\
         access-control-max-age: 300\r\n\
         cache-control: no-cache, no-store\r\n\
         request-id: req_8kZ1vQ2nLxT4Rw\r\n\
         stripe-version: {}\r\n\
         vary: Origin\r\n\
         strict-transport-security: max-age=63072000; includeSubDomains; preload\r\n\
         \r\n{body}",
        body.len(),
        ours::API.version,
    )
}

/// One response per request. Clients send the next request only after the response.
fn respond(mut stream: TcpStream, response: &[u8]) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = [0; 16 * 1024];
    let mut filled = 0;
    loop {
        match stream.read(&mut buffer[filled..])? {
            0 => return Ok(()),
            read => filled += read,
        }
        if buffer[..filled].ends_with(END) {
            stream.write_all(response)?;
            filled = 0;
        }
    }
}
