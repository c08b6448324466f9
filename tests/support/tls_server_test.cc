#include "tests/support/tls_server.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace gaikei::support {
namespace {

struct ClientOptions {
  std::string roots = {};
  std::string name = "localhost";
  std::string alpn = {};  ///< one name
  const io::CertifiedKey* certificate = nullptr;
  std::string request = {};  ///< said after the handshake
};

/// What a plain OpenSSL client met.
struct Meeting {
  bool is_connected = false;
  long verify = -1;
  std::string subject;
  std::string alpn;
  unsigned long error = 0;
  std::string text;  ///< read to the end
};

Meeting Meet(std::uint16_t port, const ClientOptions& options) {
  const Fd fd = ConnectTo("127.0.0.1", port);
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  const auto read = [](const std::string& pem) {
    return std::shared_ptr<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                BIO_free);
  };
  if (!options.roots.empty()) {
    X509* root = PEM_read_bio_X509(read(options.roots).get(), nullptr, nullptr, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), root);
    X509_free(root);
  }
  if (options.certificate != nullptr) {
    X509* own =
        PEM_read_bio_X509(read(options.certificate->certificate).get(), nullptr, nullptr, nullptr);
    EVP_PKEY* key =
        PEM_read_bio_PrivateKey(read(options.certificate->key).get(), nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(context.get(), own);
    SSL_CTX_use_PrivateKey(context.get(), key);
    X509_free(own);
    EVP_PKEY_free(key);
  }
  const std::shared_ptr<SSL> ssl(SSL_new(context.get()), SSL_free);
  SSL_set_fd(ssl.get(), fd.get());
  SSL_set_tlsext_host_name(ssl.get(), options.name.c_str());
  SSL_set1_host(ssl.get(), options.name.c_str());
  if (!options.alpn.empty()) {
    std::string wire = std::string(1, static_cast<char>(options.alpn.size())) + options.alpn;
    SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(wire.data()),
                        static_cast<unsigned>(wire.size()));
  }
  Meeting meeting;
  ERR_clear_error();
  meeting.is_connected = SSL_connect(ssl.get()) == 1;
  meeting.verify = SSL_get_verify_result(ssl.get());
  if (const X509* peer = SSL_get0_peer_certificate(ssl.get())) {
    char name[256];
    X509_NAME_oneline(X509_get_subject_name(peer), name, sizeof(name));
    meeting.subject = name;
  }
  if (meeting.is_connected) {
    SSL_write(ssl.get(), options.request.data(), static_cast<int>(options.request.size()));
    char buffer[256];
    for (int got = SSL_read(ssl.get(), buffer, sizeof(buffer)); got > 0;
         got = SSL_read(ssl.get(), buffer, sizeof(buffer))) {
      meeting.text.append(buffer, static_cast<std::size_t>(got));
    }
    const unsigned char* alpn = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl.get(), &alpn, &size);
    if (size > 0) meeting.alpn.assign(reinterpret_cast<const char*>(alpn), size);
  }
  meeting.error = ERR_peek_error();
  ERR_clear_error();
  return meeting;
}

void SayHi(Connection& connection) { connection.Write("hi"); }

struct Authority {
  io::CertifiedKey root = io::MakeCertificate({.common_name = "Root", .is_ca = true});
  io::CertifiedKey middle =
      io::MakeCertificate({.common_name = "Middle", .is_ca = true, .issuer = &root});

  io::CertifiedKey Issue(const std::string& name) const {
    return io::MakeCertificate({.common_name = name, .dns_names = {name}, .issuer = &middle});
  }
};

TEST(TlsServer, PresentsAChainThatLeadsToTheRoot) {
  const Authority authority;
  TlsServer server({.certificate = authority.Issue("localhost")}, SayHi);
  const Meeting good = Meet(server.port(), {.roots = authority.root.certificate});
  EXPECT_TRUE(good.is_connected);
  EXPECT_EQ(good.verify, X509_V_OK);
  EXPECT_EQ(good.text, "hi");
  const Meeting stranger = Meet(server.port(), {});
  EXPECT_EQ(stranger.verify, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
  const Meeting misnamed =
      Meet(server.port(), {.roots = authority.root.certificate, .name = "elsewhere"});
  EXPECT_EQ(misnamed.verify, X509_V_ERR_HOSTNAME_MISMATCH);
}

TEST(TlsServer, PresentsCertificatesThatAreBadOnPurpose) {
  const Authority authority;
  const WallTime now = WallNow();
  const auto verify = [&](io::CertificateRequest request) {
    request.dns_names = {"localhost"};
    TlsServer server({.certificate = io::MakeCertificate(request)}, SayHi);
    return Meet(server.port(), {.roots = authority.root.certificate}).verify;
  };
  EXPECT_EQ(verify({.not_before = now - std::chrono::hours(48),
                    .not_after = now - std::chrono::hours(24),
                    .issuer = &authority.middle}),
            X509_V_ERR_CERT_HAS_EXPIRED);
  EXPECT_EQ(verify({.not_before = now + std::chrono::hours(24), .issuer = &authority.middle}),
            X509_V_ERR_CERT_NOT_YET_VALID);
  EXPECT_EQ(verify({}), X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
  EXPECT_EQ(verify({.issuer = &authority.middle, .rsa_bits = 1024}), X509_V_ERR_EE_KEY_TOO_SMALL);
}

TEST(TlsServer, AnswersByServerName) {
  const Authority authority;
  TlsServer server({.certificate = authority.Issue("localhost"),
                    .by_name = {{"other", authority.Issue("other")}},
                    .refused_name = "refused"},
                   SayHi);
  EXPECT_EQ(Meet(server.port(), {.name = "other"}).subject, "/CN=other");
  EXPECT_EQ(Meet(server.port(), {.name = "localhost"}).subject, "/CN=localhost");
  const Meeting refused = Meet(server.port(), {.name = "refused"});
  EXPECT_FALSE(refused.is_connected);
  EXPECT_EQ(ERR_GET_REASON(refused.error), SSL_R_TLSV1_UNRECOGNIZED_NAME);
}

TEST(TlsServer, SelectsAProtocolOrRefuses) {
  TlsServer server({.certificate = io::MakeCertificate({}), .alpn = {"h2", "http/1.1"}}, SayHi);
  EXPECT_EQ(Meet(server.port(), {.alpn = "http/1.1"}).alpn, "http/1.1");
  const Meeting refused = Meet(server.port(), {.alpn = "smtp"});
  EXPECT_FALSE(refused.is_connected);
  EXPECT_EQ(ERR_GET_REASON(refused.error), SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
}

TEST(TlsServer, DemandsAClientCertificate) {
  const Authority authority;
  const io::CertifiedKey client =
      io::MakeCertificate({.common_name = "client", .issuer = &authority.root});
  TlsServer server(
      {.certificate = authority.Issue("localhost"), .client_roots = authority.root.certificate},
      SayHi);
  EXPECT_EQ(Meet(server.port(), {.certificate = &client}).text, "hi");
  const Meeting refused = Meet(server.port(), {});
  EXPECT_EQ(refused.text, "");
  EXPECT_EQ(ERR_GET_REASON(refused.error), SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED);
}

TEST(TlsServer, KeepsToItsVersions) {
  TlsClientFacts seen;
  {
    TcpServer server(SayHi, TlsServer::Wrap({.certificate = io::MakeCertificate({}),
                                             .max_version = TLS1_2_VERSION},
                                            [&](const TlsClientFacts& facts) { seen = facts; }));
    EXPECT_EQ(Meet(server.port(), {}).text, "hi");
  }
  EXPECT_EQ(seen.version, "TLSv1.2");
}

TEST(TlsServer, CarriesHttpAndTellsOfItsClients) {
  TlsClientFacts seen;
  std::string text;
  {
    HttpServer server(
        [](const HttpRequest& request) {
          return HttpResponse{.body = request.target, .close = true};
        },
        TlsServer::Wrap({.certificate = io::MakeCertificate({})},
                        [&](const TlsClientFacts& facts) { seen = facts; }),
        "https");
    EXPECT_EQ(server.Url("/x"), "https://" + server.Authority() + "/x");
    text = Meet(server.port(), {.name = "spoken.to", .request = "GET /in HTTP/1.1\r\n\r\n"}).text;
  }
  EXPECT_EQ(text.substr(text.find("\r\n\r\n") + 4), "/in");
  EXPECT_EQ(seen.server_name, "spoken.to");
  EXPECT_EQ(seen.version, "TLSv1.3");
  EXPECT_FALSE(seen.has_certificate);
}

TEST(TlsServer, BeginsInTheMiddleOfAConversation) {
  const io::CertifiedKey key = io::MakeCertificate({});
  TcpServer server([&](Connection& plain) {
    const auto inside = StartTls(plain, {.certificate = key});
    if (inside) inside->Write("hi");
    if (inside) inside->CloseGracefully();
  });
  EXPECT_EQ(Meet(server.port(), {}).text, "hi");
}

}  // namespace
}  // namespace gaikei::support
