#include "checks/io/tls_peer.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>

#include "checks/io/address.h"
#include "checks/io/certificate.h"
#include "checks/io/tls_errors.h"
#include "checks/io/verdict.h"

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
    self->KeepConnection(ssl);
  }
  if (where == SSL_CB_CONNECT_EXIT && value <= 0) {
    const unsigned long error = ERR_peek_last_error();
    if (ERR_GET_LIB(error) == ERR_LIB_SSL &&
        ERR_GET_REASON(error) == SSL_R_EXCESSIVE_MESSAGE_SIZE) {
      self->is_too_large_ = true;
    }
  }
  if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (value >> 8) == SSL3_AL_FATAL) {
    self->alert_ = value & 0xff;
  }
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

int TlsPeer::Verify(X509_STORE_CTX* store_context, const SSL* ssl) {
  KeepChain(store_context);
  KeepConnection(ssl);
  const Verdict verdict = VerifyChain(*setup_, X509_STORE_CTX_get0_cert(store_context),
                                      X509_STORE_CTX_get0_untrusted(store_context), name_);
  was_verified_ = true;
  evidence_->verified = verdict.reason == Reason::kNone;
  evidence_->verify_error = verdict.message;
  if (!setup_->is_insecure()) {
    verdict_ = verdict.reason;
    message_ = verdict.message;
  }
  // The alert that the peer gets is made from this code.
  X509_STORE_CTX_set_error(store_context, verdict.code);
  return verdict_ == Reason::kNone ? 1 : 0;
}

void TlsPeer::KeepChain(X509_STORE_CTX* store_context) {
  evidence_.emplace();
  // OpenSSL puts the leaf first among the presented ones, too.
  STACK_OF(X509)* presented = X509_STORE_CTX_get0_untrusted(store_context);
  const int count = std::min(sk_X509_num(presented), kChainKept);
  for (int i = 0; i < count; ++i) {
    evidence_->chain.push_back(DescribeCertificate(sk_X509_value(presented, i)));
    const WallTime end = evidence_->chain.back().not_after;
    if (!evidence_->expires_at || end < *evidence_->expires_at) evidence_->expires_at = end;
  }
}

void TlsPeer::KeepConnection(const SSL* ssl) {
  if (!evidence_) return;
  evidence_->version = SSL_get_version(ssl);
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl);
  if (cipher == nullptr) cipher = SSL_get_pending_cipher(ssl);
  if (cipher != nullptr) evidence_->cipher = SSL_CIPHER_get_name(cipher);
  const unsigned char* alpn = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &length);
  if (alpn != nullptr) evidence_->alpn.assign(reinterpret_cast<const char*>(alpn), length);
}

}  // namespace gaikei::io
