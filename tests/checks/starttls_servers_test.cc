/// STARTTLS against the servers that people run: what they say is what the dialogues expect.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>

#include "checks/io/tls/certificate_maker.h"
#include "checks/tls/starttls.h"
#include "tests/checks/http_rig.h"
#include "tests/support/real_servers.h"
#include "tests/support/temp_dir.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using io::CertifiedKey;
using io::MakeCertificate;
using support::RealServer;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Key = std::optional<CertifiedKey>;

struct Server {
  std::string name;
  StartTls protocol;
  std::function<RealServer(const Key&)> start;
  bool wants_rsa = false;
};

class RealStartTls : public testing::TestWithParam<Server> {
 protected:
  RealStartTls() {
    leaf_ = MakeCertificate({.common_name = GetParam().name,
                             .dns_names = {"localhost"},
                             .addresses = {"127.0.0.1"},
                             .not_after = WallNow() + 24h * 80,
                             .issuer = &middle_,
                             .rsa_bits = GetParam().wants_rsa ? 2048 : 0});
  }

  CheckSpec Spec(const RealServer& server) const {
    CheckSpec spec = SpecOf("tls", "tls://" + server.Authority());
    spec.tls.cacert = roots_;
    spec.tls.server_name = "localhost";
    spec.tls.starttls = GetParam().protocol;
    return spec;
  }

  const CertifiedKey root_ =
      MakeCertificate({.common_name = "Root", .not_after = WallNow() + 24h * 365, .is_ca = true});
  const CertifiedKey middle_ = MakeCertificate({.common_name = "Middle",
                                                .not_after = WallNow() + 24h * 300,
                                                .is_ca = true,
                                                .issuer = &root_});
  CertifiedKey leaf_;
  const support::TempDir dir_;
  const std::string roots_ = dir_.Write("roots.pem", root_.certificate);
};

TEST_P(RealStartTls, LeadsToItsChain) {
  const RealServer server = GetParam().start(leaf_);
  const Observation seen = RunCheck(Spec(server));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message << "\n" << server.log();
  ASSERT_TRUE(seen.tls);
  EXPECT_TRUE(seen.tls->verified);
  EXPECT_EQ(seen.tls->starttls, FindStartTls(GetParam().protocol)->name);
  ASSERT_EQ(seen.tls->chain.size(), 2U);
  EXPECT_EQ(seen.tls->chain[0].subject, "CN=" + GetParam().name);
  EXPECT_EQ(seen.tls->chain[1].subject, "CN=Middle");
  EXPECT_THAT(seen.tcp->dialogue, Not(IsEmpty()));

  // Without its root it is a stranger.
  CheckSpec spec = Spec(server);
  const CertifiedKey other = MakeCertificate({.common_name = "Other", .is_ca = true});
  spec.tls.cacert = dir_.Write("other.pem", other.certificate);
  EXPECT_EQ(Verdict(RunCheck(spec)), "fail tls_cert_untrusted tls") << server.log();
}

TEST_P(RealStartTls, IsNotOfferedWhereTlsIsNotConfigured) {
  const RealServer server = GetParam().start(std::nullopt);
  const Observation seen = RunCheck(Spec(server));
  EXPECT_EQ(Verdict(seen), "fail tls_protocol tls") << server.log();
  EXPECT_THAT(seen.message, HasSubstr("server does not offer STARTTLS"));
  EXPECT_FALSE(seen.tls);
}

INSTANTIATE_TEST_SUITE_P(
    Servers, RealStartTls,
    testing::Values(Server{"exim", StartTls::kSmtp, RealServer::Exim},
                    Server{"dovecot_imap", StartTls::kImap,
                           [](const Key& key) { return RealServer::Dovecot("imap", key); }},
                    Server{"dovecot_pop3", StartTls::kPop3,
                           [](const Key& key) { return RealServer::Dovecot("pop3", key); }},
                    Server{"vsftpd", StartTls::kFtp, RealServer::Vsftpd, true},
                    Server{"slapd", StartTls::kLdap, RealServer::Slapd},
                    Server{"prosody", StartTls::kXmpp, RealServer::Prosody},
                    Server{"postgres", StartTls::kPostgres, RealServer::Postgres},
                    Server{"mariadb", StartTls::kMysql, RealServer::Mariadb}),
    [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace gaikei
