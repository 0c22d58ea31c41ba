//! A server that has one listing in memory.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// Serves a listing, whatever directory is asked for, to one client after another, in a thread of its own for ever.
pub(crate) fn start(text: &Arc<Vec<u8>>, has_mlsd: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let text = Arc::clone(text);
    thread::spawn(move || {
        for control in listener.incoming() {
            // A client that leaves early has said why.
            let _ = serve(control.unwrap(), &text, has_mlsd);
        }
    });
    addr
}

fn serve(mut control: TcpStream, text: &[u8], has_mlsd: bool) -> std::io::Result<()> {
    control.set_nodelay(true)?;
    let mut lines = BufReader::new(control.try_clone()?).lines();
    let mut data: Option<TcpListener> = None;
    control.write_all(b"220 ready\r\n")?;
    while let Some(line) = lines.next().transpose()? {
        let mut words = line.split(' ');
        let reply = match words.next().unwrap_or_default() {
            "USER" => "331 and?".to_owned(),
            "PASS" => "230 in".to_owned(),
            "FEAT" if has_mlsd => "211-Features:\r\n MLST type*;size*;modify*;\r\n211 End".to_owned(),
            "FEAT" | "OPTS" => "500 unknown".to_owned(),
            "EPSV" => {
                let port = data.insert(TcpListener::bind("127.0.0.1:0")?).local_addr()?.port();
                format!("229 (|||{port}|)")
            }
            "PASV" => {
                let port = data.insert(TcpListener::bind("127.0.0.1:0")?).local_addr()?.port();
                format!("227 (127,0,0,1,{},{})", port / 256, port % 256)
            }
            "MLSD" | "LIST" => {
                let mut data = data.take().unwrap().accept()?.0;
                control.write_all(b"150 here\r\n")?;
                data.write_all(text)?;
                "226 done".to_owned()
            }
            "PWD" => "257 \"/\"".to_owned(),
            "QUIT" => "221 bye".to_owned(),
            _ => "200 fine".to_owned(),
        };
        control.write_all(format!("{reply}\r\n").as_bytes())?;
    }
    Ok(())
}
