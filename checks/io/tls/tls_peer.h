#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "checks/io/tls/trust.h"
#include "results/outcome.h"

struct ssl_ctx_st;
struct ssl_st;
struct stack_st_X509;
struct x509_st;
struct x509_store_ctx_st;

namespace gaikei::io {

struct Verdict;

/// What a TLS client learns of its peer in one connection: the chain as it was presented, whether
/// it can be trusted and why not, how the handshake ended and when. Loop thread only.
///
/// It verifies by itself, against the shared roots of its TlsSetup, whatever the SSL_CTX holds:
/// chain, dates, purpose, strength (OpenSSL's security level 2: RSA from 2,048 bits, no MD5, no
/// SHA-1) and name (RFC 9525: subjectAltName alone, never the common name).
///
/// Where several things are wrong the first that OpenSSL meets decides, in its order: chain and
/// trust, strength, name, dates. So a self-signed certificate that has expired is self-signed. The
/// others are added to the message. A stapled OCSP response that says `revoked` comes last: it is
/// read when the certificate has been found good.
class TlsPeer {
 public:
  /// `host` is the host of the URL: a name or a numeric address. `is_own_host` false (a redirect
  /// led elsewhere): the setup's server_name and client certificate are not for this peer.
  TlsPeer(std::shared_ptr<const TlsSetup> setup, const std::string& host, bool is_own_host);
  /// Callbacks of a context that lives longer find nobody.
  ~TlsPeer();
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  /// Hangs this onto a context of its own, before its only SSL is made: libcurl's way. False when
  /// OpenSSL refuses.
  bool Attach(ssl_ctx_st* context) noexcept;
  /// Hangs this onto an SSL of a context that many share, and that Prepare() has seen. It has to
  /// outlive the SSL. False when OpenSSL refuses.
  bool Attach(ssl_st* ssl) noexcept;
  /// Makes a context call the TlsPeer of each connection. False when OpenSSL refuses.
  static bool Prepare(ssl_ctx_st* context) noexcept;

  bool was_verified() const { return was_verified_; }      ///< the certificate was looked at
  Reason verdict() const { return verdict_; }              ///< kNone: good, or not seen
  const std::string& message() const { return message_; }  ///< of the verdict, escaped
  int alert() const { return alert_; }                     ///< fatal alert received; -1: none
  /// A handshake message went beyond what is read of one (256 KiB of certificates).
  bool is_too_large() const { return is_too_large_; }
  /// The peer sent close_notify: what it has said is all it had to say (RFC 8446, 6.1).
  /// For the message about a connection that ended before the peer had said anything: that it had
  /// asked for a client certificate, which TLS 1.3 lets it refuse after the handshake. Empty where
  /// it had not.
  std::string RefusalHint() const;
  bool said_goodbye() const { return said_goodbye_; }
  const std::optional<MonoTime>& handshake_done() const { return handshake_done_; }
  /// The peer asked for a client certificate, whether there was one or not.
  bool was_certificate_asked() const { return was_certificate_asked_; }
  /// Absent until a certificate was presented.
  const std::optional<TlsEvidence>& evidence() const { return evidence_; }

 private:
  static int OnVerify(x509_store_ctx_st* store_context, void*) noexcept;
  static void OnInfo(const ssl_st* ssl, int where, int value) noexcept;
  static int OnCertificateAsked(ssl_st* ssl, void*) noexcept;
  static int OnStatus(ssl_st* ssl, void*) noexcept;
  static void OnMessage(int is_sent, int version, int type, const void* bytes, std::size_t size,
                        ssl_st* ssl, void*) noexcept;
  static TlsPeer* Of(const ssl_st* ssl);

  int Verify(x509_store_ctx_st* store_context, const ssl_st* ssl);
  void KeepChain(stack_st_X509* presented);
  void KeepPath(const Verdict& verdict, stack_st_X509* presented);
  void KeepConnection(const ssl_st* ssl);
  void KeepHandshake(const ssl_st* ssl);
  void LintPeer(const Verdict& verdict, const ssl_st* ssl, stack_st_X509* presented, WallTime now);
  bool JudgeStatus(ssl_st* ssl);

  std::shared_ptr<const TlsSetup> setup_;
  std::string name_;  ///< asked for and verified
  bool is_numeric_;
  bool is_own_host_;
  ssl_ctx_st* context_ = nullptr;  ///< counted reference
  bool was_verified_ = false;
  Reason verdict_ = Reason::kNone;
  std::string message_;
  int alert_ = -1;
  bool is_too_large_ = false;
  bool said_goodbye_ = false;
  std::optional<MonoTime> handshake_done_;
  bool was_certificate_asked_ = false;
  unsigned session_tickets_ = 0;
  std::shared_ptr<x509_st> issuer_;  ///< of the leaf, for OCSP; null: not known
  std::optional<TlsEvidence> evidence_;
};

}  // namespace gaikei::io
