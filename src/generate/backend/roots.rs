//! Whom to trust: certificates that vouch for servers, where those that are built in do not do.

use std::path::Path;

use ureq::tls::{PemItem, RootCerts, parse_pem};

use crate::error::{Error, Result};

/// The variable that names a file of them, as OpenSSL and most that use it read it.
pub const VARIABLE: &str = "SSL_CERT_FILE";

/// The certificates of a file in PEM form, which are trusted instead of those that are built in.
pub(super) fn read(path: &Path) -> Result<RootCerts> {
    let name = format!("{} ({VARIABLE})", path.display());
    let bytes = std::fs::read(path).map_err(|source| Error::Open { name: name.clone(), source })?;
    let mut certificates = Vec::new();
    for item in parse_pem(&bytes) {
        match item {
            Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => {}
            Err(why) => return Err(Error::Unfit(format!("{name}: is no PEM: {why}"))),
        }
    }
    if certificates.is_empty() {
        return Err(Error::Unfit(format!("{name}: holds no certificate in PEM form")));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_certificates_or_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let read_text = |text: &str| {
            let path = folder.path().join("roots.pem");
            std::fs::write(&path, text).unwrap();
            read(&path).map(|roots| match roots {
                RootCerts::Specific(certificates) => certificates.len(),
                _ => 0,
            })
        };
        let one = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        assert_eq!(read_text(&format!("# two\n{one}{key}{one}")).unwrap(), 2);
        for (text, why) in [
            ("", "holds no certificate"),
            (key, "holds no certificate"),
            ("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", "is no PEM"),
        ] {
            let told = read_text(text).unwrap_err().to_string();
            assert!(told.contains(why) && told.contains("(SSL_CERT_FILE)"), "{told}");
        }
        let told = read(&folder.path().join("none")).unwrap_err().to_string();
        assert!(told.contains("none (SSL_CERT_FILE): cannot open"), "{told}");
    }
}
