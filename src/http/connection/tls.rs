//! TLS on the listener: the certificate and its key, read again when their files change.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use parking_lot::RwLock;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use thiserror::Error;
use tokio_rustls::TlsAcceptor;

/// The PEM files of a certificate chain and its private key.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// A certificate with its key, as read from files.
pub struct Certificate {
    files: TlsFiles,
    content: Content,
    key: Arc<CertifiedKey>,
}

/// Does not print the key.
impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.files.fmt(formatter)
    }
}

/// An invalid certificate. The message names the file, and contains no part of the key.
#[derive(Debug, Error)]
pub enum TlsError {
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("{}: {error}", path.display())]
    Pem { path: PathBuf, error: &'static str },
    #[error("the certificate {} and the key {} cannot be used: {error}", files.certificate.display(), files.key.display())]
    Unusable { files: TlsFiles, error: rustls::Error },
}

/// The current certificate.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read()))
    }
}

/// Accepts TLS 1.2 and 1.3 with the certificate. The files are read every five seconds. New connections use a changed
/// certificate; the previous one stays in use while the files are invalid.
///
/// Call this in the actix runtime.
pub fn acceptor(certificate: Certificate) -> Result<TlsAcceptor, TlsError> {
    let Certificate { files, mut content, key } = certificate;
    let current = Arc::new(Current(RwLock::new(key)));
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::Unusable { files: files.clone(), error })?;
    let mut config = config.with_no_client_auth().with_cert_resolver(Arc::clone(&current) as _);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    actix_web::rt::spawn(async move {
        /// The interval at which the files are read.
        const CHECK: Duration = Duration::from_secs(5);
        let mut failed = false;
        loop {
            tokio::time::sleep(CHECK).await;
            if read(&files).is_ok_and(|read| read == content) {
                if failed {
                    tracing::info!("the certificate files have their previous content again");
                }
                failed = false;
                continue;
            }
            match Certificate::load(files.clone()) {
                Ok(changed) => {
                    *current.0.write() = changed.key;
                    (content, failed) = (changed.content, false);
                    tracing::info!("the certificate has changed");
                }
                Err(error) => {
                    if !failed {
                        tracing::error!(%error, "the certificate has changed and cannot be used; the previous one stays in use");
                    }
                    failed = true;
                }
            }
        }
    });
    Ok(TlsAcceptor::from(Arc::new(config)))
}

type Content = [Vec<u8>; 2];

fn read(TlsFiles { certificate, key }: &TlsFiles) -> Result<Content, TlsError> {
    let read = |path: &Path| fs::read(path).map_err(|error| TlsError::File { path: path.to_owned(), error });
    Ok([read(certificate)?, read(key)?])
}

impl Certificate {
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let content = read(&files)?;
        let [certificates, key] = &content;
        let pem = |path: &Path, error| TlsError::Pem { path: path.to_owned(), error };
        let chain: Vec<_> = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<_, _>>()
            .map_err(|_| pem(&files.certificate, "not a certificate in PEM"))?;
        if chain.is_empty() {
            return Err(pem(&files.certificate, "contains no certificate in PEM"));
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| pem(&files.key, "contains no private key in PEM"))?;
        let key = CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider())
            .map_err(|error| TlsError::Unusable { files: files.clone(), error })?;
        Ok(Self { files, content, key: Arc::new(key) })
    }
}
