#include "checks/io/tls/tls_peer.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>

#include "checks/io/net/address.h"
#include "checks/io/tls/certificate.h"
#include "checks/io/tls/ocsp.h"
#include "checks/io/tls/tls_errors.h"
#include "checks/io/tls/tls_lints.h"
#include "checks/io/tls/verdict.h"
#include "results/text.h"

namespace gaikei::io {
namespace {

constexpr int kChainKept = 10;
constexpr long kChainBytesLimit = 256 * 1024;

int ContextIndex() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

int SslIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

/// Null before one was agreed upon.
const SSL_CIPHER* CipherOf(const SSL* ssl) {
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl);
  return cipher != nullptr ? cipher : SSL_get_pending_cipher(ssl);
}

/// The name that RFC 8446, 4.2.7 and its registry give the key exchange, not OpenSSL's; empty:
/// none.
std::string GroupName(SSL* ssl) {
  const auto nid = static_cast<int>(SSL_get_negotiated_group(ssl));
  switch (nid) {
    case NID_undef:
      return {};
    case NID_X9_62_prime256v1:
      return "secp256r1";
    case NID_X25519:
      return "x25519";
    case NID_X448:
      return "x448";
    default:
      break;
  }
  // Beside those with a number of OpenSSL's there are those that only its providers know.
  const char* name = SSL_group_to_name(ssl, nid);
  if (name == nullptr) name = OBJ_nid2sn(nid);
  return name == nullptr ? "" : Escape(name);
}

}  // namespace

TlsPeer::TlsPeer(std::shared_ptr<const TlsSetup> setup, const std::string& host, bool is_own_host)
    : setup_(std::move(setup)),
      name_(is_own_host && !setup_->server_name().empty() ? setup_->server_name() : host),
      is_numeric_(Address::Parse(name_, 0).has_value()),
      is_own_host_(is_own_host) {
  if (name_.size() > 1 && name_.back() == '.') name_.pop_back();  // RFC 6066, 3: no trailing dot
}

TlsPeer::~TlsPeer() {
  if (context_ == nullptr) return;
  SSL_CTX_set_ex_data(context_, ContextIndex(), nullptr);
  SSL_CTX_free(context_);
}

bool TlsPeer::Attach(SSL_CTX* context) noexcept {
  if (context_ != nullptr || SSL_CTX_up_ref(context) != 1) return false;
  context_ = context;
  return SSL_CTX_set_ex_data(context, ContextIndex(), this) == 1 && Prepare(context) &&
         setup_->Apply(context, is_own_host_);
}

bool TlsPeer::Attach(SSL* ssl) noexcept { return SSL_set_ex_data(ssl, SslIndex(), this) == 1; }

bool TlsPeer::Prepare(SSL_CTX* context) noexcept {
  SSL_CTX_set_cert_verify_callback(context, &TlsPeer::OnVerify, nullptr);
  SSL_CTX_set_info_callback(context, &TlsPeer::OnInfo);
  SSL_CTX_set_cert_cb(context, &TlsPeer::OnCertificateAsked, nullptr);
  // Asked for, not insisted upon (RFC 6066, 8).
  SSL_CTX_set_tlsext_status_type(context, TLSEXT_STATUSTYPE_ocsp);
  SSL_CTX_set_tlsext_status_cb(context, &TlsPeer::OnStatus);
  SSL_CTX_set_msg_callback(context, &TlsPeer::OnMessage);
  SSL_CTX_set_max_cert_list(context, kChainBytesLimit);
  // A close without close_notify is a close; whether the answer was complete, its protocol tells.
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  return true;
}

TlsPeer* TlsPeer::Of(const SSL* ssl) {
  if (void* own = SSL_get_ex_data(ssl, SslIndex()); own != nullptr) {
    return static_cast<TlsPeer*>(own);
  }
  return static_cast<TlsPeer*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), ContextIndex()));
}

void TlsPeer::OnInfo(const SSL* ssl, int where, int value) noexcept {
  TlsPeer* self = Of(ssl);
  if (self == nullptr) return;
  if ((where & SSL_CB_HANDSHAKE_START) != 0 && !self->handshake_done_ && !self->is_numeric_) {
    // The last moment before the ClientHello is written; libcurl has set the name of the URL.
    SSL_set_tlsext_host_name(const_cast<SSL*>(ssl), self->name_.c_str());
  }
  if ((where & SSL_CB_HANDSHAKE_DONE) != 0 && !self->handshake_done_) {
    self->handshake_done_ = MonoNow();
    self->KeepHandshake(ssl);
  }
  if (where == SSL_CB_CONNECT_EXIT && value <= 0) {
    const unsigned long error = ERR_peek_last_error();
    if (ERR_GET_LIB(error) == ERR_LIB_SSL &&
        ERR_GET_REASON(error) == SSL_R_EXCESSIVE_MESSAGE_SIZE) {
      self->is_too_large_ = true;
    }
  }
  if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (value & 0xff) == SSL_AD_CLOSE_NOTIFY) {
    self->said_goodbye_ = true;
  }
  if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (value >> 8) == SSL3_AL_FATAL) {
    self->alert_ = value & 0xff;
  }
}

std::string TlsPeer::RefusalHint() const {
  if (!was_certificate_asked_ || !evidence_ || evidence_->version != "TLSv1.3") return "";
  const bool was_given = setup_->has_client_certificate() && is_own_host_;
  return was_given ? ", perhaps for the client certificate that it had asked for"
                   : ", perhaps for want of the client certificate that it had asked for";
}

int TlsPeer::OnCertificateAsked(SSL* ssl, void*) noexcept {
  if (TlsPeer* self = Of(ssl); self != nullptr) self->was_certificate_asked_ = true;
  return 1;  // go on with the certificate of the context, or with none
}

int TlsPeer::OnVerify(X509_STORE_CTX* store_context, void*) noexcept {
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(store_context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  TlsPeer* self = ssl == nullptr ? nullptr : Of(ssl);
  if (self == nullptr) {
    X509_STORE_CTX_set_error(store_context, X509_V_ERR_UNSPECIFIED);
    return 0;
  }
  return self->Verify(store_context, ssl);
}

void TlsPeer::OnMessage(int is_sent, int, int type, const void* bytes, std::size_t size, SSL* ssl,
                        void*) noexcept {
  if (is_sent != 0 || type != SSL3_RT_HANDSHAKE || size == 0) return;
  if (*static_cast<const unsigned char*>(bytes) != SSL3_MT_NEWSESSION_TICKET) return;
  TlsPeer* self = Of(ssl);
  if (self == nullptr) return;
  ++self->session_tickets_;
  if (self->evidence_) self->evidence_->session_tickets = self->session_tickets_;
}

/// Called once the server has said all it had to say of itself, whether it stapled or not.
int TlsPeer::OnStatus(SSL* ssl, void*) noexcept {
  TlsPeer* self = Of(ssl);
  return self == nullptr || !self->evidence_ || self->JudgeStatus(ssl) ? 1 : 0;
}

int TlsPeer::Verify(X509_STORE_CTX* store_context, const SSL* ssl) {
  X509* leaf = X509_STORE_CTX_get0_cert(store_context);
  // OpenSSL puts the leaf first among the presented ones, too.
  STACK_OF(X509)* presented = X509_STORE_CTX_get0_untrusted(store_context);
  const WallTime now = setup_->Now();
  KeepChain(presented);
  KeepConnection(ssl);
  const Verdict verdict = VerifyChain(*setup_, leaf, presented, name_, now);
  was_verified_ = true;
  evidence_->verified = verdict.reason == Reason::kNone;
  evidence_->verify_error = verdict.message;
  evidence_->matched_name = verdict.matched_name;
  if (evidence_->verified) KeepPath(verdict, presented);
  LintPeer(verdict, ssl, presented, now);
  if (!setup_->is_insecure()) {
    verdict_ = verdict.reason;
    message_ = verdict.message;
  }
  // The alert that the peer gets is made from this code.
  X509_STORE_CTX_set_error(store_context, verdict.code);
  return verdict_ == Reason::kNone ? 1 : 0;
}

void TlsPeer::KeepChain(STACK_OF(X509) * presented) {
  evidence_.emplace();
  if (!is_numeric_) evidence_->server_name = Escape(name_);
  const int count = std::min(sk_X509_num(presented), kChainKept);
  for (int i = 0; i < count; ++i) {
    evidence_->chain.push_back(DescribeCertificate(sk_X509_value(presented, i)));
    const WallTime end = evidence_->chain.back().not_after;
    if (!evidence_->expires_at || end < *evidence_->expires_at) evidence_->expires_at = end;
  }
}

void TlsPeer::KeepPath(const Verdict& verdict, STACK_OF(X509) * presented) {
  for (const std::shared_ptr<X509>& certificate : verdict.path) {
    std::size_t place = 0;
    while (place < evidence_->chain.size() &&
           X509_cmp(certificate.get(), sk_X509_value(presented, static_cast<int>(place))) != 0) {
      ++place;
    }
    // Most of it was presented, and has been described already.
    evidence_->verified_chain.push_back(place < evidence_->chain.size()
                                            ? evidence_->chain[place]
                                            : DescribeCertificate(certificate.get()));
    const WallTime end = evidence_->verified_chain.back().not_after;
    std::optional<WallTime>& earliest = evidence_->verified_expires_at;
    if (!earliest || end < *earliest) earliest = end;
  }
}

void TlsPeer::LintPeer(const Verdict& verdict, const SSL* ssl, STACK_OF(X509) * presented,
                       WallTime now) {
  ChainFacts facts{.presented = {}, .path = {}, .name = name_, .now = now};
  for (int i = 0; i < std::min(sk_X509_num(presented), kChainKept); ++i) {
    facts.presented.push_back(sk_X509_value(presented, i));
  }
  for (const auto& certificate : verdict.path) facts.path.push_back(certificate.get());
  facts.has_names = !evidence_->chain.front().san.empty();
  evidence_->lints = LintChain(facts);
  // Version and cipher are agreed upon before the certificate is sent.
  const SSL_CIPHER* cipher = CipherOf(ssl);
  for (TlsLint& lint : LintConnection(evidence_->version, cipher)) {
    evidence_->lints.push_back(std::move(lint));
  }
  if (verdict.path.size() > 1) {
    issuer_ = verdict.path[1];
    return;
  }
  for (X509* candidate : facts.presented) {
    if (X509_check_issued(candidate, facts.presented.front()) != X509_V_OK) continue;
    X509_up_ref(candidate);
    issuer_.reset(candidate, X509_free);
    return;
  }
}

bool TlsPeer::JudgeStatus(SSL* ssl) {
  const unsigned char* bytes = nullptr;
  const long size = SSL_get_tlsext_status_ocsp_resp(ssl, &bytes);
  X509* leaf = SSL_get0_peer_certificate(ssl);
  std::optional<OcspFinding> finding;
  if (bytes != nullptr && size > 0) {
    finding = ReadOcsp({bytes, static_cast<std::size_t>(size)}, leaf, issuer_.get(), setup_->Now());
    evidence_->ocsp = finding->status;
    evidence_->ocsp_age = finding->age;
  }
  for (TlsLint& lint : LintStaple(leaf, finding)) evidence_->lints.push_back(std::move(lint));
  if (!finding || finding->status != "revoked") return true;
  evidence_->verified = false;
  evidence_->verified_chain.clear();
  evidence_->verified_expires_at.reset();
  evidence_->verify_error += (evidence_->verify_error.empty() ? "" : "; also: ") + finding->detail;
  if (setup_->is_insecure()) return true;
  verdict_ = Reason::kTlsCertRevoked;
  message_ = finding->detail;
  return false;
}

/// What is known for certain only when both sides have agreed.
void TlsPeer::KeepHandshake(const SSL* ssl) {
  if (!evidence_) return;
  KeepConnection(ssl);
  evidence_->group = GroupName(const_cast<SSL*>(ssl));
  evidence_->session_tickets = session_tickets_;
}

void TlsPeer::KeepConnection(const SSL* ssl) {
  if (!evidence_) return;
  evidence_->version = SSL_get_version(ssl);
  const SSL_CIPHER* cipher = CipherOf(ssl);
  if (cipher != nullptr) evidence_->cipher = SSL_CIPHER_get_name(cipher);
  const unsigned char* alpn = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &length);
  if (alpn != nullptr) evidence_->alpn.assign(reinterpret_cast<const char*>(alpn), length);
}

}  // namespace gaikei::io
