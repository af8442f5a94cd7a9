//! The lines of a journal file.
//!
//! A line is a checksum, a number and a JSON object, with single spaces between them:
//!
//! ```text
//! 6d3c1a2f 0 {"journal":1}
//! 90b1c4de 1 {"begin":{"key":"order-42","operation":"PostCharges","live":true,…,"body":"amount=2000"}}
//! 1f0e2d3c 2 {"finish":1}
//! ```
//!
//! Lines are numbered from 0 without gaps, so that a line that was lost is noticed; `finish`
//! names the line that began the write. The checksum is the CRC-32 of what follows its space, as
//! in gzip. Bodies that are not UTF-8 are in Base64 under `base64`.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use runtime::http::PendingWrite;
use wire::codec::{DecodeError, Encode, Reader, Writer, encode_json};

#[cfg(test)]
mod tests;

/// The version of the format.
pub(crate) const VERSION: i64 = 1;

/// The content of a line.
#[derive(Debug, PartialEq)]
pub(crate) enum LogRecord {
    /// The first line, with the version of the format.
    Start(i64),
    /// A write was begun.
    Begin(Box<PendingWrite>),
    /// The write that was begun in the line of this number is finished.
    Finish(u64),
}

/// Why a line could not be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineError {
    /// The checksum does not match.
    Corrupt,
    /// The checksum matches, but this version does not support the content.
    Unknown,
}

/// The first line of a file.
pub(crate) fn start_line() -> Vec<u8> {
    format_line(0, &StartRecord)
}

/// The line that begins a write.
pub(crate) fn begin_line(number: u64, write: &PendingWrite) -> Vec<u8> {
    format_line(number, &BeginRecord(write))
}

/// The line that finishes a write.
pub(crate) fn finish_line(number: u64, begun: u64) -> Vec<u8> {
    format_line(number, &FinishRecord(begun))
}

fn format_line(number: u64, content: &dyn Encode) -> Vec<u8> {
    let text = format!("{number} {}\n", encode_json(content));
    let checksum = crc32fast::hash(text.trim_ascii_end().as_bytes());
    format!("{checksum:08x} {text}").into_bytes()
}

/// Parses a line without its line feed.
pub(crate) fn parse_line(line: &[u8]) -> Result<(u64, LogRecord), LineError> {
    let text = std::str::from_utf8(line).map_err(|_| LineError::Corrupt)?;
    let (checksum, rest) = text.split_once(' ').ok_or(LineError::Corrupt)?;
    if format!("{:08x}", crc32fast::hash(rest.as_bytes())) != checksum {
        return Err(LineError::Corrupt);
    }
    let (number, json) = rest.split_once(' ').ok_or(LineError::Unknown)?;
    let number = number.parse().map_err(|_| LineError::Unknown)?;
    let record = read_record(json).ok().flatten().ok_or(LineError::Unknown)?;
    Ok((number, record))
}

struct StartRecord;
struct BeginRecord<'a>(&'a PendingWrite);
struct FinishRecord(u64);

impl Encode for StartRecord {
    fn encode(&self, out: &mut dyn Writer) {
        out.begin_object();
        out.key("journal");
        out.integer(VERSION);
        out.end_object();
    }
}

impl Encode for FinishRecord {
    fn encode(&self, out: &mut dyn Writer) {
        out.begin_object();
        out.key("finish");
        out.integer(self.0.try_into().unwrap_or(i64::MAX));
        out.end_object();
    }
}

impl Encode for BeginRecord<'_> {
    fn encode(&self, out: &mut dyn Writer) {
        let write = self.0;
        out.begin_object();
        out.key("begin");
        out.begin_object();
        for (name, text) in [
            ("key", write.key.as_str()),
            ("operation", &write.operation),
            ("method", write.method.as_str()),
            ("host", &write.host),
            ("target", &write.target),
        ] {
            out.key(name);
            out.string(text);
        }
        if let Some(live) = write.live {
            out.key("live");
            out.boolean(live);
        }
        out.key("begun_ns");
        out.integer(unix_nanos(write.begun));
        out.key("headers");
        out.begin_list();
        for (name, value) in &write.headers {
            out.begin_list();
            out.string(name);
            out.string(value);
            out.end_list();
        }
        out.end_list();
        match std::str::from_utf8(&write.body) {
            Ok(text) => {
                out.key("body");
                out.string(text);
            }
            Err(_) => {
                out.key("base64");
                out.string(&STANDARD.encode(&write.body));
            }
        }
        out.end_object();
        out.end_object();
    }
}

/// Reads the record in a JSON object; `None` if this version does not support it.
fn read_record(json: &str) -> Result<Option<LogRecord>, DecodeError> {
    let mut record = None;
    let mut reader = Reader::new(json.as_bytes())?;
    reader.object(&mut |reader, name| {
        record = match &*name {
            "journal" => Some(LogRecord::Start(reader.integer()?)),
            "finish" => u64::try_from(reader.integer()?).ok().map(LogRecord::Finish),
            "begin" => read_write(reader)?.map(|write| LogRecord::Begin(Box::new(write))),
            _ => return reader.raw().map(drop),
        };
        Ok(())
    })?;
    reader.end()?;
    Ok(record)
}

fn read_write(reader: &mut Reader<'_>) -> Result<Option<PendingWrite>, DecodeError> {
    let mut write = PendingWrite::new("", http::Method::POST, "", "", SystemTime::UNIX_EPOCH);
    let (mut method, mut time, mut body) = (None, None, None);
    reader.object(&mut |reader, name| {
        match &*name {
            "key" => write.key = reader.string()?.into_owned(),
            "operation" => write.operation = reader.string()?.into_owned(),
            "host" => write.host = reader.string()?.into_owned(),
            "target" => write.target = reader.string()?.into_owned(),
            "live" => write.live = Some(reader.boolean()?),
            "method" => method = reader.string()?.parse().ok(),
            "begun_ns" => time = system_time(reader.integer()?),
            "body" => body = Some(Bytes::from(reader.string()?.into_owned())),
            "base64" => body = STANDARD.decode(&*reader.string()?).ok().map(Bytes::from),
            "headers" => reader.array(&mut |reader| {
                let mut pair = Vec::new();
                reader.array(&mut |reader| {
                    pair.push(reader.string()?.into_owned());
                    Ok(())
                })?;
                let mut pair = pair.into_iter();
                write.headers.extend(pair.next().zip(pair.next()));
                Ok(())
            })?,
            _ => drop(reader.raw()?),
        }
        Ok(())
    })?;
    let (Some(method), Some(time), Some(body)) = (method, time, body) else {
        return Ok(None);
    };
    write.method = method;
    write.begun = time;
    write.body = body;
    Ok((!write.key.is_empty()).then_some(write))
}

/// Nanoseconds since 1970, negative for earlier times. Times after the year 2262 saturate.
fn unix_nanos(time: SystemTime) -> i64 {
    let saturated = |duration: Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => saturated(since),
        Err(before) => -saturated(before.duration()),
    }
}

/// The inverse of `unix_nanos`; `None` if the platform cannot represent the time.
fn system_time(nanos: i64) -> Option<SystemTime> {
    let distance = Duration::from_nanos(nanos.unsigned_abs());
    if nanos < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    }
}
