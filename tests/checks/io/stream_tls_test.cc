/// TLS over a Stream: handshakes that succeed, and each way they do not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <future>

#include "tests/checks/io/stream_rig.h"
#include "tests/support/tls_server.h"

namespace gaikei::io {
namespace {

using support::Connection;
using support::TcpServer;
using support::TlsServer;
using support::TlsServerOptions;
using testing::HasSubstr;

class StreamTlsTest : public testing::Test, public StreamRig {
 protected:
  /// Shakes hands with a server that lets the ClientHello come, then tells its story.
  void Meet(const TcpServer::Handler& story) {
    TcpServer server([&](Connection& c) {
      c.ReadSome();
      story(c);
    });
    Secure(server.port());
    EXPECT_EQ(stream().tls(), Stream::Tls::kFailed);
    EXPECT_NE(stream().end(), Stream::End::kOpen);
    EXPECT_NE(stream().tls_message(), "");
  }
  /// Shakes hands with a server that presents this.
  void Meet(const TlsServerOptions& options, TlsOptions own = {}) {
    TlsServer server(options, [](Connection& c) { c.WaitUntilClosed(); });
    Secure(server.port(), "shop.example", TlsFor(std::move(own)));
  }
};

void Echo(Connection& c) {
  while (const auto bytes = c.ReadSome()) c.Write(*bytes);
}

TEST_F(StreamTlsTest, HandshakeThenBytesBothWays) {
  TlsServer server({.certificate = Leaf()}, Echo);
  Secure(server.port());
  ASSERT_EQ(stream().tls(), Stream::Tls::kEstablished) << stream().tls_message();
  EXPECT_EQ(wakes(), 1);
  EXPECT_EQ(stream().tls_reason(), Reason::kNone);
  EXPECT_EQ(stream().tls_message(), "");
  stream().Write("through the tunnel");
  ASSERT_TRUE(RunUntilInput("through the tunnel"));
  EXPECT_EQ(evidence().version, "TLSv1.3");
  EXPECT_TRUE(evidence().verified);
  EXPECT_EQ(evidence().chain.size(), 1U);
  EXPECT_TRUE(stream().peer()->handshake_done());
}

TEST_F(StreamTlsTest, ManyConnectionsShareOneContext) {
  TlsServer server({.certificate = Leaf()}, Echo);
  const auto setup = TlsFor();
  ssl_ctx_st* const context = setup->client_context();
  for (int i = 0; i < 3; ++i) {
    Secure(server.port(), i == 1 ? "other.example" : "shop.example", setup);
    EXPECT_EQ(stream().tls_reason(), i == 1 ? Reason::kTlsCertNameMismatch : Reason::kNone);
  }
  EXPECT_EQ(setup->client_context(), context);
  EXPECT_EQ(TlsFor()->client_context(), context) << "the same options, the same setup";
}

TEST_F(StreamTlsTest, AMegabyteComesThroughASmallInput) {
  std::string sent;
  for (std::size_t i = 0; i < (1 << 20); ++i) sent += static_cast<char>(i * i % 251);
  TlsServer server({.certificate = Leaf()}, [&](Connection& c) {
    c.Write(sent);
    c.CloseGracefully();
  });
  Open(server.port(), 3000);
  stream().Secure(TlsFor(), "shop.example");
  std::string got;
  ASSERT_TRUE(RunUntil([&] {
    std::string& input = stream().input();
    EXPECT_LE(input.size(), 3000U);
    got += input;
    input.clear();
    return stream().end() != Stream::End::kOpen;
  }));
  EXPECT_EQ(stream().end(), Stream::End::kClosed);
  EXPECT_EQ(stream().tls(), Stream::Tls::kEstablished);
  EXPECT_TRUE(got == sent);
}

TEST_F(StreamTlsTest, APeerThatDoesNotReadIsWaitedFor) {
  std::promise<void> may_read;
  constexpr std::size_t kSize = 16 << 20;
  TlsServer server({.certificate = Leaf()}, [&](Connection& c) {
    may_read.get_future().wait();
    c.Write(c.ReadExactly(kSize) ? "all" : "not all");
    c.WaitUntilClosed();
  });
  Secure(server.port());
  stream().Write(std::string(kSize / 2, 'x'));
  stream().Write(std::string(kSize / 2, 'y'));
  EXPECT_FALSE(stream().is_flushed());
  may_read.set_value();
  ASSERT_TRUE(RunUntilInput("all"));
  EXPECT_TRUE(stream().is_flushed());
}

TEST_F(StreamTlsTest, PlainTextThenTls) {
  TcpServer server([&](Connection& c) {
    c.Write("220 ready\r\n");
    c.ReadUntil("\r\n");
    c.Write("220 go\r\n");
    if (const auto secured = support::StartTls(c, {.certificate = Leaf()})) {
      secured->Write("safe");
      secured->WaitUntilClosed();
    }
  });
  Open(server.port());
  ASSERT_TRUE(RunUntilInput("220 ready\r\n"));
  stream().input().clear();
  stream().Write("STARTTLS\r\n");
  ASSERT_TRUE(RunUntilInput("220 go\r\n"));
  stream().Secure(TlsFor(), "shop.example");
  EXPECT_EQ(stream().input(), "");
  EXPECT_EQ(stream().tls(), Stream::Tls::kHandshaking);
  ASSERT_TRUE(RunUntilInput("safe"));
  EXPECT_EQ(stream().tls(), Stream::Tls::kEstablished);
}

TEST_F(StreamTlsTest, WhatWasInjectedBeforeTheHandshakeIsNeverSeen) {
  TcpServer server([&](Connection& c) {
    c.Write("220 go\r\n250 injected\r\n");
    if (const auto secured = support::StartTls(c, {.certificate = Leaf()})) {
      secured->Write("250 true\r\n");
      secured->WaitUntilClosed();
    }
  });
  Open(server.port());
  ASSERT_TRUE(RunUntilInput("220 go\r\n250 injected\r\n"));
  stream().Secure(TlsFor(), "shop.example");
  stream().Write("dropped, for the handshake is going on");
  ASSERT_TRUE(RunUntilInput("250 true\r\n"));
}

TEST_F(StreamTlsTest, NameAndAlpnAreSent) {
  std::promise<support::TlsClientFacts> facts;
  TcpServer server([](Connection& c) { c.WaitUntilClosed(); },
                   TlsServer::Wrap({.certificate = Leaf(), .alpn = {"dot"}},
                                   [&](const auto& told) { facts.set_value(told); }));
  Secure(server.port(), "shop.example.", TlsFor({.alpn = {"x", "dot"}}));
  ASSERT_EQ(stream().tls(), Stream::Tls::kEstablished) << stream().tls_message();
  const support::TlsClientFacts told = facts.get_future().get();
  EXPECT_EQ(told.server_name, "shop.example");
  EXPECT_EQ(told.alpn, "dot");
  EXPECT_EQ(evidence().alpn, "dot");
}

TEST_F(StreamTlsTest, ANumericHostSendsNoName) {
  std::promise<support::TlsClientFacts> facts;
  TcpServer server([](Connection& c) { c.WaitUntilClosed(); },
                   TlsServer::Wrap({.certificate = Leaf({.addresses = {"127.0.0.1"}})},
                                   [&](const auto& told) { facts.set_value(told); }));
  Secure(server.port(), "127.0.0.1");
  ASSERT_EQ(stream().tls(), Stream::Tls::kEstablished) << stream().tls_message();
  EXPECT_EQ(facts.get_future().get().server_name, "");
}

TEST_F(StreamTlsTest, SetupsWithOtherAlpnAreOthers) {
  EXPECT_EQ(TlsFor({.alpn = {"a", "b"}}), TlsFor({.alpn = {"a", "b"}}));
  EXPECT_NE(TlsFor({.alpn = {"a", "b"}}), TlsFor({.alpn = {"b", "a"}}));
  EXPECT_NE(TlsFor({.alpn = {"a"}}), TlsFor());
  EXPECT_FALSE(TlsSetup::Load({.alpn = {""}}));
  EXPECT_FALSE(TlsSetup::Load({.alpn = {std::string(256, 'a')}}));
}

TEST_F(StreamTlsTest, AlertIsToldByItsName) {
  Meet([](Connection& c) {
    c.Write(std::string("\x15\x03\x03\x00\x02\x02\x28", 7));
    c.CloseGracefully();
  });
  EXPECT_EQ(stream().tls_reason(), Reason::kTlsAlert);
  EXPECT_THAT(stream().tls_message(), HasSubstr("handshake failure (40)"));
}

TEST_F(StreamTlsTest, PlainHttpIsNoTls) {
  Meet([](Connection& c) {
    c.Write("HTTP/1.1 400 Bad Request\r\n\r\n");
    c.CloseGracefully();
  });
  EXPECT_EQ(stream().tls_reason(), Reason::kTlsProtocol);
  EXPECT_THAT(stream().tls_message(), HasSubstr("does not speak TLS"));
}

TEST_F(StreamTlsTest, CloseInTheHandshake) {
  Meet([](Connection& c) { c.CloseGracefully(); });
  EXPECT_EQ(stream().tls_reason(), Reason::kTlsProtocol);
  EXPECT_EQ(stream().tls_message(), "connection closed in the TLS handshake");
  EXPECT_EQ(stream().end(), Stream::End::kClosed);
}

TEST_F(StreamTlsTest, ResetInTheHandshake) {
  Meet([](Connection& c) { c.Reset(); });
  EXPECT_EQ(stream().tls_reason(), Reason::kReset);
  EXPECT_EQ(stream().end(), Stream::End::kReset);
}

TEST_F(StreamTlsTest, SilenceIsTheCallersToJudge) {
  TcpServer server([](Connection& c) { c.WaitUntilClosed(); });
  Open(server.port());
  stream().Secure(TlsFor(), "shop.example");
  int looks = 0;
  ASSERT_TRUE(RunUntil([&] { return ++looks == 20; }));
  EXPECT_EQ(stream().tls(), Stream::Tls::kHandshaking);
  EXPECT_EQ(stream().tls_reason(), Reason::kNone);
}

TEST_F(StreamTlsTest, TheVerdictIsThatOfTheCertificate) {
  const auto untrusted = MakeCertificate({.dns_names = {"shop.example"}});
  Meet({.certificate = untrusted});
  EXPECT_EQ(stream().tls(), Stream::Tls::kFailed);
  EXPECT_EQ(stream().tls_reason(), Reason::kTlsCertSelfSigned);
  EXPECT_EQ(stream().tls_message(), "certificate is signed by itself");
  EXPECT_FALSE(evidence().verified);
  EXPECT_EQ(evidence().chain.size(), 1U);

  Meet({.certificate = untrusted}, {.insecure = true});
  EXPECT_EQ(stream().tls(), Stream::Tls::kEstablished);
  EXPECT_EQ(stream().tls_reason(), Reason::kNone);
  EXPECT_FALSE(evidence().verified);
  EXPECT_EQ(evidence().verify_error, "certificate is signed by itself");
}

TEST_F(StreamTlsTest, AVersionThatIsTooOldIsRefused) {
  Meet({.certificate = Leaf(), .max_version = TLS1_1_VERSION});
  EXPECT_EQ(stream().tls(), Stream::Tls::kFailed);
  // Either side may be the one that says so.
  EXPECT_THAT(stream().tls_reason(), testing::AnyOf(Reason::kTlsAlert, Reason::kTlsProtocol));
  Meet({.certificate = Leaf(), .max_version = TLS1_1_VERSION},
       {.min_version = "1.0", .ciphers = "DEFAULT:@SECLEVEL=0"});
  EXPECT_EQ(stream().tls(), Stream::Tls::kEstablished) << stream().tls_message();
  EXPECT_EQ(evidence().version, "TLSv1.1");
}

TEST_F(StreamTlsTest, SuitesWithoutACertificateAreNoTls) {
  Meet({.certificate = Leaf(), .max_version = TLS1_2_VERSION, .ciphers = "aNULL:@SECLEVEL=0"},
       {.ciphers = "aNULL:@SECLEVEL=0"});
  EXPECT_EQ(stream().tls(), Stream::Tls::kFailed);
  EXPECT_EQ(stream().tls_reason(), Reason::kTlsProtocol);
  EXPECT_FALSE(stream().peer()->evidence());
}

TEST_F(StreamTlsTest, ARefusedClientIsToldAfterTheHandshakeInTls13) {
  // It has to live until it has read the client's last flight: only then does it refuse.
  TlsServer server({.certificate = Leaf(), .client_roots = root().certificate},
                   [](Connection& c) { c.WaitUntilClosed(); });
  Secure(server.port());
  ASSERT_EQ(stream().tls(), Stream::Tls::kEstablished) << stream().tls_message();
  ASSERT_TRUE(RunUntilEnd());
  EXPECT_EQ(stream().end(), Stream::End::kFailed);
  EXPECT_EQ(stream().tls(), Stream::Tls::kEstablished);
  EXPECT_EQ(stream().peer()->alert(), SSL_AD_CERTIFICATE_REQUIRED);

  Meet({.certificate = Leaf(), .max_version = TLS1_2_VERSION, .client_roots = root().certificate});
  EXPECT_EQ(stream().tls(), Stream::Tls::kFailed);
  EXPECT_EQ(stream().tls_reason(), Reason::kTlsAlert);
}

TEST_F(StreamTlsTest, AClientCertificateIsPresented) {
  const CertifiedKey client = MakeCertificate({.common_name = "client", .issuer = &root()});
  TempFile file;
  file.Write(client.Chain() + client.key);
  TlsServer server({.certificate = Leaf(), .client_roots = root().certificate}, Echo);
  Secure(server.port(), "shop.example", TlsFor({.cert = file.path()}));
  stream().Write("it is me");
  EXPECT_TRUE(RunUntilInput("it is me"));
}

TEST_F(StreamTlsTest, CloseWithoutGoodbyeIsAClose) {
  for (const bool is_polite : {true, false}) {
    TlsServer server({.certificate = Leaf()}, [&](Connection& c) {
      c.Write("last words");
      is_polite ? c.CloseGracefully() : c.CloseAbruptly();
    });
    Secure(server.port());
    ASSERT_TRUE(RunUntilEnd());
    EXPECT_EQ(stream().end(), Stream::End::kClosed);
    EXPECT_EQ(stream().input(), "last words");
  }
}

TEST_F(StreamTlsTest, ResetAfterTheHandshake) {
  TlsServer server({.certificate = Leaf()}, [](Connection& c) {
    c.ReadSome();
    c.Reset();
  });
  Secure(server.port());
  stream().Write("x");
  ASSERT_TRUE(RunUntilEnd());
  EXPECT_EQ(stream().end(), Stream::End::kReset);
  EXPECT_EQ(stream().tls(), Stream::Tls::kEstablished);
}

TEST_F(StreamTlsTest, BytesThatAreNoTlsAfterTheHandshakeFailIt) {
  TlsServer server({.certificate = Leaf()}, [](Connection& c) {
    c.ReadSome();
    support::SendAll(c.fd(), "plain text, suddenly");
    c.WaitUntilClosed();
  });
  Secure(server.port());
  stream().Write("x");
  ASSERT_TRUE(RunUntilEnd());
  EXPECT_EQ(stream().end(), Stream::End::kFailed);
  EXPECT_EQ(stream().peer()->alert(), -1);
}

TEST_F(StreamTlsTest, ItMayBeDestroyedInTheWakeOfItsHandshake) {
  TlsServer server({.certificate = Leaf()}, Echo);
  Open(server.port());
  bool is_gone = false;
  OnWake([&] {
    Close();
    is_gone = true;
  });
  stream().Secure(TlsFor(), "shop.example");
  EXPECT_TRUE(RunUntil([&] { return is_gone; }));
}

}  // namespace
}  // namespace gaikei::io
