/// Certificates as an HTTP check judges them: each way of being wrong has a name of its own.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "checks/io/tls/certificate_maker.h"
#include "tests/checks/http_rig.h"
#include "tests/support/certificate_forge.h"
#include "tests/support/http_server.h"
#include "tests/support/tls_server.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using io::CertificateRequest;
using io::CertifiedKey;
using io::MakeCertificate;
using support::HttpResponse;
using support::HttpServer;
using support::TlsServer;
using support::TlsServerOptions;
using testing::ElementsAre;
using testing::HasSubstr;

/// A file that is gone with its owner.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    close(mkstemp(path_.data()));
    std::ofstream(path_) << text;
  }
  ~TemporaryFile() { unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_ = testing::TempDir() + "gaikei-XXXXXX";
};

class HttpCertificate : public testing::Test {
 protected:
  CertifiedKey Leaf(CertificateRequest request) const {
    if (request.dns_names.empty() && request.addresses.empty()) request.addresses = {"127.0.0.1"};
    if (request.issuer == nullptr) request.issuer = &root_;
    return MakeCertificate(request);
  }
  CheckSpec Spec(const HttpServer& server) const {
    CheckSpec spec = HttpSpec(server.Url());
    spec.tls.cacert = roots_.path();
    return spec;
  }
  Observation Run(const CertifiedKey& presented) const {
    HttpServer server(Ok, TlsServer::Wrap({.certificate = presented}), "https");
    Observation seen = RunHttp(Spec(server));
    EXPECT_TRUE(server.Requests().empty() || seen.status == Status::kPass)
        << "a request went to a peer that was not trusted";
    return seen;
  }
  /// Fails for this reason, with the certificate as evidence.
  void ExpectRefused(const CertifiedKey& presented, Reason reason, const std::string& words) const {
    const Observation seen = Run(presented);
    EXPECT_EQ(Verdict(seen), "fail " + std::string(Name(reason)) + " tls");
    EXPECT_THAT(seen.message, HasSubstr(words));
    ASSERT_TRUE(seen.tls);
    EXPECT_FALSE(seen.tls->verified);
    EXPECT_EQ(seen.tls->verify_error, seen.message);
    EXPECT_TRUE(seen.tls->expires_at);
    EXPECT_FALSE(seen.tls->chain.empty());
    EXPECT_FALSE(seen.phases[Phase::kProcessing]);
  }
  static HttpResponse Ok(const support::HttpRequest&) { return HttpResponse{.body = "ok"}; }

  const CertifiedKey root_ = MakeCertificate({.common_name = "Test Root", .is_ca = true});
  const CertifiedKey middle_ =
      MakeCertificate({.common_name = "Middle", .is_ca = true, .issuer = &root_});
  const TemporaryFile roots_{root_.certificate};
};

TEST_F(HttpCertificate, GoodOnePassesAndIsShown) {
  const Observation seen = Run(Leaf({.common_name = "good", .issuer = &middle_}));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_TRUE(seen.tls);
  EXPECT_TRUE(seen.tls->verified);
  EXPECT_EQ(seen.tls->version, "TLSv1.3");
  EXPECT_FALSE(seen.tls->cipher.empty());
  ASSERT_EQ(seen.tls->chain.size(), 2U);
  const CertificateInfo& leaf = seen.tls->chain[0];
  EXPECT_EQ(leaf.subject, "CN=good");
  EXPECT_EQ(leaf.issuer, "CN=Middle");
  EXPECT_THAT(leaf.san, ElementsAre("127.0.0.1"));
  EXPECT_EQ(leaf.key_type, "EC");
  EXPECT_EQ(leaf.key_bits, 256);
  EXPECT_EQ(leaf.sha256.size(), 64U);
  EXPECT_LE(*seen.tls->expires_at, leaf.not_after);
  EXPECT_TRUE(seen.phases[Phase::kTls]);
}

TEST_F(HttpCertificate, ExpiredOne) {
  ExpectRefused(Leaf({.not_before = WallNow() - 48h, .not_after = WallNow() - 1h}),
                Reason::kTlsCertExpired, "has expired");
}

TEST_F(HttpCertificate, ExpiredIssuerIsNamed) {
  const CertifiedKey old = MakeCertificate({.common_name = "Old",
                                            .not_before = WallNow() - 48h,
                                            .not_after = WallNow() - 1h,
                                            .is_ca = true,
                                            .issuer = &root_});
  ExpectRefused(Leaf({.issuer = &old}), Reason::kTlsCertExpired, "CN=Old");
}

TEST_F(HttpCertificate, OneOfTheFuture) {
  ExpectRefused(Leaf({.not_before = WallNow() + 24h, .not_after = WallNow() + 48h}),
                Reason::kTlsCertNotYetValid, "not yet valid");
}

TEST_F(HttpCertificate, OneForOtherNamesListsThem) {
  ExpectRefused(Leaf({.dns_names = {"a.example", "b.example"}}), Reason::kTlsCertNameMismatch,
                "a.example, b.example");
}

TEST_F(HttpCertificate, CommonNameIsNoName) {
  ExpectRefused(MakeCertificate({.common_name = "127.0.0.1", .issuer = &root_}),
                Reason::kTlsCertNameMismatch, "no subjectAltName");
}

TEST_F(HttpCertificate, SignedByItself) {
  ExpectRefused(MakeCertificate({.addresses = {"127.0.0.1"}}), Reason::kTlsCertSelfSigned,
                "signed by itself");
}

TEST_F(HttpCertificate, SignedByItselfAndExpiredIsSelfSignedAndSaysBoth) {
  ExpectRefused(
      MakeCertificate(
          {.addresses = {"127.0.0.1"}, .not_before = WallNow() - 48h, .not_after = WallNow() - 1h}),
      Reason::kTlsCertSelfSigned, "also: certificate has expired");
}

TEST_F(HttpCertificate, UnknownRootThatIsSentAlong) {
  const CertifiedKey other = MakeCertificate({.common_name = "Other Root", .is_ca = true});
  CertifiedKey leaf = Leaf({.issuer = &other});
  leaf.issuers = other.certificate;
  ExpectRefused(leaf, Reason::kTlsCertUntrusted, "CN=Other Root");
}

TEST_F(HttpCertificate, MissingIntermediateIsNamed) {
  CertifiedKey leaf = Leaf({.issuer = &middle_, .issuer_url = "http://ca.example/middle.cer"});
  leaf.issuers.clear();
  ExpectRefused(leaf, Reason::kTlsCertUntrusted, "chain incomplete, issuer CN=Middle not sent");
  // Without a word about where it is it may as well be a root.
  leaf = Leaf({.issuer = &middle_});
  leaf.issuers.clear();
  ExpectRefused(leaf, Reason::kTlsCertUntrusted,
                "issuer CN=Middle is neither sent nor trusted: an authority that is not known here "
                "(cacert would name it), or an intermediate that the server leaves out");
}

TEST_F(HttpCertificate, WeakKeyAndWeakDigest) {
  ExpectRefused(Leaf({.rsa_bits = 1024}), Reason::kTlsCertWeak, "key that is too weak");
  ExpectRefused(Leaf({.digest = "sha1"}), Reason::kTlsCertWeak, "digest that is too weak");
}

TEST_F(HttpCertificate, IsNotedAndNotJudgedWhereTheCheckIsInsecure) {
  const CertifiedKey leaf = MakeCertificate({.addresses = {"127.0.0.1"}});
  HttpServer server(Ok, TlsServer::Wrap({.certificate = leaf}), "https");
  CheckSpec spec = Spec(server);
  spec.tls.insecure = true;
  const Observation seen = RunHttp(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_FALSE(seen.tls->verified);
  EXPECT_THAT(seen.tls->verify_error, HasSubstr("signed by itself"));
}

TEST_F(HttpCertificate, ServerNameIsAskedForAndVerified) {
  std::string asked;
  const CertifiedKey leaf = Leaf({.dns_names = {"shop.example"}});
  HttpServer server(
      Ok,
      TlsServer::Wrap({.certificate = leaf}, [&](const auto& facts) { asked = facts.server_name; }),
      "https");
  CheckSpec spec = Spec(server);
  spec.tls.server_name = "shop.example";
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
  EXPECT_EQ(asked, "shop.example");
}

TEST_F(HttpCertificate, ClientCertificateIsPresented) {
  const CertifiedKey leaf = Leaf({});
  HttpServer server(Ok, TlsServer::Wrap({.certificate = leaf, .client_roots = root_.certificate}),
                    "https");
  const CertifiedKey client = MakeCertificate({.common_name = "client", .issuer = &root_});
  const TemporaryFile certificate(client.Chain());
  const TemporaryFile key(client.key);
  CheckSpec spec = Spec(server);
  spec.tls.cert = certificate.path();
  spec.tls.key = key.path();
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");

  // TLS 1.3 tells of a missing one only after the handshake.
  EXPECT_EQ(RunHttp(Spec(server)).reason, Reason::kTlsAlert);

  const TemporaryFile foreign_key(leaf.key);
  spec.tls.key = foreign_key.path();
  EXPECT_THAT(WhyNotMade(spec), HasSubstr("does not belong to the certificate"));
}

TEST_F(HttpCertificate, RefusedNameIsAnAlert) {
  const CertifiedKey leaf = Leaf({.dns_names = {"localhost"}});
  HttpServer server(Ok, TlsServer::Wrap({.certificate = leaf, .refused_name = "gone.example"}),
                    "https");
  CheckSpec spec = Spec(server);
  spec.tls.server_name = "gone.example";
  const Observation seen = RunHttp(spec);
  EXPECT_EQ(Verdict(seen), "fail tls_alert tls");
  EXPECT_THAT(seen.message, HasSubstr("(112)"));
}

TEST_F(HttpCertificate, RevokedByItsStapleIsRevoked) {
  const CertifiedKey leaf = Leaf({});
  for (const bool is_revoked : {false, true}) {
    HttpServer server(
        Ok,
        TlsServer::Wrap({.certificate = leaf,
                         .ocsp_answer = support::ForgeOcspAnswer(leaf, root_, is_revoked)}),
        "https");
    const Observation seen = RunHttp(Spec(server));
    EXPECT_EQ(Verdict(seen), is_revoked ? "fail tls_cert_revoked tls" : "pass");
    ASSERT_TRUE(seen.tls);
    EXPECT_EQ(seen.tls->ocsp, is_revoked ? "revoked" : "good");
    EXPECT_EQ(seen.tls->verified, !is_revoked);
  }
}

TEST_F(HttpCertificate, MoreCertificatesThanAreReadAreTooMany) {
  std::vector<std::string> names;
  for (int i = 0; i < 5500; ++i) names.push_back("n" + std::to_string(i) + std::string(50, 'x'));
  HttpServer server(Ok, TlsServer::Wrap({.certificate = Leaf({.dns_names = names})}), "https");
  const Observation seen = RunHttp(Spec(server));
  EXPECT_EQ(Verdict(seen), "fail too_large tls") << seen.message;
}

TEST_F(HttpCertificate, EvidenceIsThatOfATlsCheck) {
  HttpServer server(Ok, TlsServer::Wrap({.certificate = Leaf({})}), "https");
  const Observation seen = RunHttp(Spec(server));
  EXPECT_EQ(Verdict(seen), "pass");
  ASSERT_TRUE(seen.tls);
  EXPECT_EQ(seen.tls->group, "x25519");
  EXPECT_EQ(seen.tls->server_name, "");
  EXPECT_EQ(seen.tls->matched_name, "127.0.0.1");
  EXPECT_EQ(seen.tls->verified_chain.size(), 2U);
  EXPECT_EQ(seen.tls->session_tickets, 2U);
}

TEST_F(HttpCertificate, RedirectFromHttpsToHttpIsBlocked) {
  const CertifiedKey leaf = Leaf({});
  HttpServer plain(Ok);
  HttpServer server(
      [&](const support::HttpRequest&) {
        return HttpResponse{.status = 302, .headers = {{"Location", plain.Url()}}};
      },
      TlsServer::Wrap({.certificate = leaf}), "https");
  const Observation seen = RunHttp(Spec(server));
  EXPECT_EQ(Verdict(seen), "fail scheme_blocked");
  EXPECT_EQ(plain.connections(), 0U);
  EXPECT_EQ(seen.http->location, plain.Url());
}

}  // namespace
}  // namespace gaikei
