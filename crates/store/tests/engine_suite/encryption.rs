//! Connections to a server that encrypts: what each `sslmode` accepts, and what it refuses.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use store::{Query, Store, StoreError, StoreLimits, StoreUrl, statements};

statements! {
    ENCRYPTED: "SELECT CAST(CASE WHEN ssl THEN 1 ELSE 0 END AS BIGINT) FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
        params [], columns [int];
}

/// A signer, and a certificate for `localhost` of its.
struct Certificates {
    root: String,
    server: String,
    key: String,
}

fn certificates() -> Certificates {
    let mut root = CertificateParams::new([]).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &root).unwrap();
    Certificates { root: root.pem(), server: server.pem(), key: key.serialize_pem() }
}

async fn opened(url: &str) -> Result<Store, StoreError> {
    let url = StoreUrl::parse(url)?;
    Store::migrate(&url).await?;
    Store::open(&url, &StoreLimits::default()).await
}

async fn is_encrypted(url: &str) -> bool {
    let store = opened(url).await.unwrap_or_else(|error| panic!("{url}: {error:?}"));
    store.load(vec![Query::new(&ENCRYPTED, vec![])]).await.unwrap()[0].int(0) == [1]
}

#[tokio::test]
async fn each_mode_encrypts_and_verifies_as_it_says() {
    let (ours, strangers) = (certificates(), certificates());
    let Some(database) = testkit::postgres::encrypted_database(&ours.server, &ours.key) else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (root, stranger) = (file("root.pem", &ours.root), file("stranger.pem", &strangers.root));
    let (url, by_number) = (database.url(), database.url().replace("localhost", "127.0.0.1"));
    assert!(is_encrypted(url).await, "what the server offers is used");
    assert!(!is_encrypted(&format!("{url}?sslmode=disable")).await);
    assert!(is_encrypted(&format!("{url}?sslmode=require")).await);
    assert!(is_encrypted(&format!("{url}?sslmode=verify-full&sslrootcert={root}")).await);
    for refused in [
        format!("{url}?sslmode=verify-full"),
        format!("{url}?sslmode=verify-full&sslrootcert={stranger}"),
        format!("{url}?sslmode=require&sslrootcert={stranger}"),
        format!("{by_number}?sslmode=verify-full&sslrootcert={root}"),
        format!("{url}?sslmode=verify-full&sslrootcert={root}.absent"),
    ] {
        let error = opened(&refused).await.err().unwrap_or_else(|| panic!("{refused} was accepted"));
        assert!(matches!(error, StoreError::Unavailable { .. }), "{refused}: {error:?}");
    }
}
