//! `serve`, and how to ask it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::desk::Desk;

/// A process that serves; it is killed with the test.
pub struct Api {
    process: Child,
    address: String,
}

/// What came back.
pub struct Reply {
    pub status: u16,
    pub headers: String,
    pub body: Value,
}

impl Api {
    pub fn start(desk: &Desk) -> Api {
        let mut command = desk.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = lines
            .find_map(|line| {
                let line = line.unwrap();
                Some(line.strip_prefix("listening on http://")?.split(';').next()?.to_owned())
            })
            .expect("it says where it listens");
        // What it goes on to say is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Api { process, address }
    }

    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, "application/json", "")
    }

    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, "application/json", &body.to_string())
    }

    /// Uploads a portfolio with a file of positions.
    pub fn upload(&self, name: &str, file: &str) -> Reply {
        let part = |disposition: &str, content: &str| {
            format!("--part\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{content}\r\n")
        };
        let body = part("name=\"name\"", name)
            + &part("name=\"equity\"", "1000000")
            + &part("name=\"file\"; filename=\"positions.csv\"", file)
            + "--part--\r\n";
        self.send("POST", "/api/v1/portfolios", "multipart/form-data; boundary=part", &body)
    }

    fn send(&self, method: &str, path: &str, content_type: &str, body: &str) -> Reply {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: {content_type}\r\n\
             Content-Length: {length}\r\n\r\n",
            self.address
        );
        stream.write_all((head + body).as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = match head.to_lowercase().contains("transfer-encoding: chunked") {
            true => unchunked(body),
            false => body.to_owned(),
        };
        let body = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{head}\n{body}"));
        Reply { status, headers: head.to_lowercase(), body }
    }
}

/// The content of a body that came in pieces.
fn unchunked(body: &str) -> String {
    let (mut whole, mut rest) = (String::new(), body);
    while let Some((length, behind)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length.trim(), 16).unwrap();
        if length == 0 {
            break;
        }
        whole.push_str(&behind[..length]);
        rest = behind[length..].trim_start_matches("\r\n");
    }
    whole
}

impl Drop for Api {
    fn drop(&mut self) {
        // One that has ended already cannot be killed again.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
