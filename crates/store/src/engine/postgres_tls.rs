//! Encryption of the connection to PostgreSQL, by the rules of its own clients.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::Cause;

/// What the `sslmode` and `sslrootcert` of a URL ask for, beside whether to encrypt, which the driver knows itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TlsWish {
    /// `verify-full`: the server has to show a certificate for its name.
    pub is_verified: bool,
    /// `sslrootcert`: who signs such certificates; without it those whom the machine trusts.
    pub root_certificate: Option<PathBuf>,
}

/// Makes the handshakes of a pool. Without a wish to verify, the connection is encrypted to whoever answers, as
/// PostgreSQL's own clients do with `prefer` and `require`; a root certificate is reason enough to verify.
///
/// # Errors
/// When a root certificate cannot be read, or the machine's own cannot.
pub(super) fn connector(wish: &TlsWish) -> Result<MakeRustlsConnect, Cause> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    let config = match &wish.root_certificate {
        Some(path) => builder.with_root_certificates(roots(path)?).with_no_client_auth(),
        None if wish.is_verified => builder.with_platform_verifier()?.with_no_client_auth(),
        None => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody(provider)))
            .with_no_client_auth(),
    };
    Ok(MakeRustlsConnect::new(config))
}

fn roots(path: &Path) -> Result<RootCertStore, Cause> {
    let shown = |error: &dyn std::fmt::Display| format!("sslrootcert {}: {error}", path.display());
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| shown(&error))? {
        store.add(certificate.map_err(|error| shown(&error))?).map_err(|error| shown(&error))?;
    }
    match store.is_empty() {
        true => Err(shown(&"there is no certificate in it").into()),
        false => Ok(store),
    }
}

/// Takes any certificate. The handshake's signatures are still checked.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
