//! `serve`: the page on this machine, as a good static host would serve it.

mod file;

use std::{io, net::Ipv4Addr, sync::Arc, thread};

use anyhow::{Context as _, bail};
use tiny_http::{Header, Method, Request, Response, Server};

use super::args;
use file::{Answer, Asked};

/// Requests answered at the same time: as many as a browser sends to one host.
const THREADS: usize = 6;

/// Serves until the program is ended.
pub(super) fn run(args: &args::Serve) -> anyhow::Result<()> {
    let folder = &args.dir;
    if !folder.join("index.html").is_file() {
        bail!("there is no page in {}: `cargo page` builds it into wasm/dist", folder.display());
    }
    let folder = folder.canonicalize().context("the page's folder cannot be read")?;
    let server = Server::http((Ipv4Addr::LOCALHOST, args.port));
    let server = Arc::new(server.map_err(|error| cannot_listen(&*error, args.port))?);
    let port = server.server_addr().to_ip().map_or(args.port, |address| address.port());
    println!("http://localhost:{port}/ shows {} (Ctrl-C ends)", folder.display());
    let work = |server: &Server| server.incoming_requests().for_each(|r| answer(&folder, r));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| work(&server));
        }
    });
    Ok(())
}

fn cannot_listen(error: &(dyn std::error::Error + 'static), port: u16) -> anyhow::Error {
    match error.downcast_ref::<io::Error>().map(io::Error::kind) {
        Some(io::ErrorKind::AddrInUse) => anyhow::anyhow!(
            "port {port} is taken, perhaps by another `serve`: --port 0 takes any free one"
        ),
        Some(io::ErrorKind::PermissionDenied) => {
            anyhow::anyhow!("the system does not give port {port} to this program: try --port 8080")
        }
        _ => anyhow::anyhow!("cannot listen on port {port}: {error}"),
    }
}

fn answer(folder: &std::path::Path, request: Request) {
    let header = |name: &'static str| {
        let found = request.headers().iter().find(|header| header.field.equiv(name));
        found.map_or("", |header| header.value.as_str())
    };
    let asked = Asked {
        address: request.url(),
        encodings: header("Accept-Encoding"),
        known: header("If-None-Match"),
        since: header("If-Modified-Since"),
    };
    let answer = match request.method() {
        Method::Get | Method::Head => file::answer(folder, &asked),
        _ => Answer::sentence(405, "Only reading is possible here.").with("Allow", "GET, HEAD"),
    };
    let Answer { status, headers, body, length } = answer;
    let headers =
        headers.iter().filter_map(|(name, value)| Header::from_bytes(*name, value.as_str()).ok());
    let response = Response::new(status.into(), headers.collect(), body, Some(length), None);
    // A browser that has gone away needs no answer.
    request.respond(response).ok();
}
