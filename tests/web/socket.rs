//! A WebSocket, as far as a browser on the same machine needs one (RFC 6455): text messages both ways.

use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// An open connection.
pub(crate) struct Socket {
    stream: TcpStream,
    /// Bytes that arrived and make no whole frame yet.
    pending: Vec<u8>,
    /// Parts of a message that is not whole yet.
    message: Vec<u8>,
}

impl Socket {
    /// Connects to `ws://HOST:PORT/PATH`.
    pub(crate) fn connect(address: &str) -> io::Result<Self> {
        let rest = address.strip_prefix("ws://").expect("an address of a WebSocket");
        let (host, path) = rest.split_once('/').expect("an address with a path");
        let mut stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        // The key only keeps caches from answering; there are none on the way.
        write!(
            stream,
            "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2tpcHN0b25lLXNraXBzdA==\r\n\r\n"
        )?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        if !head.contains(" 101 ") {
            return Err(io::Error::other(format!("the browser answers {head}")));
        }
        Ok(Self { stream, pending: Vec::new(), message: Vec::new() })
    }

    /// Sends a message.
    pub(crate) fn send(&mut self, text: &str) -> io::Result<()> {
        self.frame(TEXT, text.as_bytes())
    }

    /// The next message, or nothing within `patience`.
    pub(crate) fn receive(&mut self, patience: Duration) -> io::Result<Option<String>> {
        self.stream.set_read_timeout(Some(patience))?;
        loop {
            while let Some((kind, is_last, data)) = self.take_frame() {
                match kind {
                    PING => self.frame(PONG, &data)?,
                    PONG => {}
                    CLOSE => return Err(io::ErrorKind::ConnectionAborted.into()),
                    _ => {
                        self.message.extend(data);
                        if is_last {
                            let message = std::mem::take(&mut self.message);
                            return Ok(Some(String::from_utf8_lossy(&message).into_owned()));
                        }
                    }
                }
            }
            let mut buffer = [0; 1 << 16];
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(length) => self.pending.extend(&buffer[..length]),
                Err(error) if is_timeout(&error) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    /// The next whole frame: kind, whether it ends a message, contents.
    fn take_frame(&mut self) -> Option<(u8, bool, Vec<u8>)> {
        let (first, second) = (*self.pending.first()?, *self.pending.get(1)?);
        let field = |bytes: usize| {
            let digits = self.pending.get(2..2 + bytes)?;
            Some((digits.iter().fold(0, |n, byte| n << 8 | usize::from(*byte)), 2 + bytes))
        };
        let (length, start) = match second & 127 {
            126 => field(2)?,
            127 => field(8)?,
            short => (usize::from(short), 2),
        };
        let data = self.pending.get(start..start + length)?.to_vec();
        self.pending.drain(..start + length);
        Some((first & 15, first & 128 != 0, data))
    }

    /// Sends a frame, masked with zeros: clients must mask, and nobody here is to be misled.
    fn frame(&mut self, kind: u8, data: &[u8]) -> io::Result<()> {
        let mut bytes = vec![128 | kind];
        match data.len() {
            length @ 0..126 => bytes.push(128 | length as u8),
            length @ 126..65536 => {
                bytes.push(128 | 126);
                bytes.extend((length as u16).to_be_bytes());
            }
            length => {
                bytes.push(128 | 127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        bytes.extend([0; 4]);
        bytes.extend(data);
        self.stream.write_all(&bytes)
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}
