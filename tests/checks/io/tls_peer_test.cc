/// What is kept of a TLS peer, and the verdict at the edges of validity and of our limits.

#include "checks/io/tls/tls_peer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "checks/io/tls/verdict.h"
#include "tests/checks/io/stream_rig.h"
#include "tests/checks/io/x509_reader.h"
#include "tests/support/tls_server.h"

namespace gaikei::io {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using support::Connection;
using support::TlsServer;
using support::TlsServerOptions;
using testing::HasSubstr;

WallTime pretended{};
WallTime PretendedNow() { return pretended; }

class TlsPeerTest : public testing::Test, public StreamRig {
 protected:
  void Meet(const TlsServerOptions& options, TlsOptions own = {},
            const std::string& host = "shop.example", WallTime (*clock)() = &WallNow) {
    TlsServer server(options, [](Connection& c) { c.WaitUntilClosed(); });
    Secure(server.port(), host, TlsFor(std::move(own), clock));
  }
};

TEST_F(TlsPeerTest, PathAndNamesAreEvidence) {
  const CertifiedKey middle =
      MakeCertificate({.common_name = "Middle", .is_ca = true, .issuer = &root()});
  const CertifiedKey leaf = Leaf({.dns_names = {"a.example", "*.shop.example"},
                                  .not_after = WallNow() + hours(24 * 300),
                                  .issuer = &middle});
  Meet({.certificate = leaf}, {}, "www.shop.example");
  ASSERT_EQ(stream().tls(), Stream::Tls::kEstablished) << stream().tls_message();
  const TlsEvidence& seen = evidence();
  EXPECT_EQ(seen.server_name, "www.shop.example");
  EXPECT_EQ(seen.matched_name, "*.shop.example");
  EXPECT_EQ(seen.chain.size(), 2U);
  ASSERT_EQ(seen.verified_chain.size(), 3U);
  EXPECT_EQ(seen.verified_chain[0].sha256, seen.chain[0].sha256);
  EXPECT_EQ(seen.verified_chain[1].subject, "CN=Middle");
  EXPECT_EQ(seen.verified_chain[2].subject, "CN=Test Root");
  EXPECT_EQ(seen.expires_at, seen.chain[1].not_after);
  EXPECT_EQ(seen.verified_expires_at,
            std::min(seen.verified_chain[1].not_after, seen.verified_chain[2].not_after));
  EXPECT_TRUE(seen.lints.empty());
}

TEST_F(TlsPeerTest, AnAddressMatchesAndIsNoServerName) {
  Meet({.certificate = Leaf({.addresses = {"127.0.0.1"}})}, {}, "127.0.0.1");
  EXPECT_EQ(evidence().server_name, "");
  EXPECT_EQ(evidence().matched_name, "127.0.0.1");
  EXPECT_TRUE(evidence().verified);
}

TEST_F(TlsPeerTest, WhatIsNotVerifiedHasNoPath) {
  Meet({.certificate = Leaf()}, {.insecure = true}, "other.example");
  EXPECT_EQ(stream().tls(), Stream::Tls::kEstablished);
  EXPECT_FALSE(evidence().verified);
  EXPECT_EQ(evidence().matched_name, "");
  EXPECT_TRUE(evidence().verified_chain.empty());
  EXPECT_FALSE(evidence().verified_expires_at);
}

TEST_F(TlsPeerTest, GroupsHaveTheirUsualNames) {
  Meet({.certificate = Leaf()});
  EXPECT_EQ(evidence().group, "x25519");
  Meet({.certificate = Leaf(), .max_version = TLS1_2_VERSION});
  EXPECT_EQ(evidence().group, "x25519");
  EXPECT_EQ(evidence().version, "TLSv1.2");
  Meet({.certificate = Leaf({.rsa_bits = 2048}),
        .max_version = TLS1_2_VERSION,
        .ciphers = "AES128-SHA"});
  EXPECT_EQ(evidence().group, "") << "RSA alone";
  ASSERT_EQ(evidence().lints.size(), 1U);
  EXPECT_EQ(evidence().lints[0].name, "no_forward_secrecy");
}

TEST_F(TlsPeerTest, TicketsAreCounted) {
  TlsServer server({.certificate = Leaf()}, [](Connection& c) {
    c.Write("x");
    c.WaitUntilClosed();
  });
  Secure(server.port());
  ASSERT_TRUE(RunUntilInput("x"));
  EXPECT_EQ(evidence().session_tickets, 2U) << "OpenSSL's default in TLS 1.3";
  Meet({.certificate = Leaf(), .max_version = TLS1_2_VERSION});
  EXPECT_EQ(evidence().session_tickets, 1U);
}

TEST_F(TlsPeerTest, ValidityEndsAtItsLastSecond) {
  const WallTime begin = std::chrono::floor<seconds>(WallNow()) - hours(10);
  const WallTime end = begin + hours(20);
  const auto leaf = Leaf({.not_before = begin, .not_after = end});
  const auto certificate = X509From(leaf.certificate);
  const auto judge = [&](WallTime now) {
    return VerifyChain(*TlsFor(), certificate.get(), nullptr, "shop.example", now).reason;
  };
  // The rig's root is valid from an hour ago.
  EXPECT_EQ(judge(end - seconds(1)), Reason::kNone);
  EXPECT_EQ(judge(end), Reason::kTlsCertExpired);
  EXPECT_EQ(judge(end + seconds(1)), Reason::kTlsCertExpired);
}

TEST_F(TlsPeerTest, ValidityBeginsAtItsFirstSecond) {
  const WallTime begin = std::chrono::floor<seconds>(WallNow()) + hours(10);
  const auto leaf = Leaf({.not_before = begin, .not_after = begin + hours(20)});
  const auto certificate = X509From(leaf.certificate);
  const auto judge = [&](WallTime now) {
    return VerifyChain(*TlsFor(), certificate.get(), nullptr, "shop.example", now).reason;
  };
  EXPECT_EQ(judge(begin - seconds(1)), Reason::kTlsCertNotYetValid);
  EXPECT_EQ(judge(begin), Reason::kNone);
  EXPECT_EQ(judge(begin + seconds(1)), Reason::kNone);
}

TEST_F(TlsPeerTest, AHandshakeIsJudgedByTheClockOfItsSetup) {
  const WallTime end = std::chrono::floor<seconds>(WallNow()) + hours(100);
  const auto leaf = Leaf({.not_after = end});
  pretended = end - seconds(1);
  Meet({.certificate = leaf}, {}, "shop.example", &PretendedNow);
  EXPECT_EQ(stream().tls_reason(), Reason::kNone) << stream().tls_message();
  pretended = end;
  Meet({.certificate = leaf}, {}, "shop.example", &PretendedNow);
  EXPECT_EQ(stream().tls_reason(), Reason::kTlsCertExpired);
  EXPECT_EQ(stream().tls_message(), "certificate has expired");
}

TEST_F(TlsPeerTest, CertificatesMayBeLargeButNotAnyLarger) {
  const auto sized = [&](std::size_t names) {
    CertificateRequest request;
    for (std::size_t i = 0; i < names; ++i) {
      // About 64 bytes each.
      request.dns_names.push_back("n" + std::to_string(100000 + i) + std::string(40, 'x') +
                                  ".shop.example");
    }
    request.dns_names.push_back("shop.example");
    return Leaf(request);
  };
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Meet({.certificate = sized(3500), .max_version = version});  // 210 kB
    EXPECT_EQ(stream().tls(), Stream::Tls::kEstablished) << stream().tls_message();
    EXPECT_EQ(evidence().matched_name, "shop.example");
    EXPECT_EQ(evidence().chain[0].san.size(), 64U);

    Meet({.certificate = sized(4600), .max_version = version});  // 280 kB
    EXPECT_EQ(stream().tls(), Stream::Tls::kFailed);
    EXPECT_EQ(Name(stream().tls_reason()), Name(Reason::kTooLarge));
    EXPECT_THAT(stream().tls_message(), HasSubstr("256 KiB"));
  }
}

}  // namespace
}  // namespace gaikei::io
