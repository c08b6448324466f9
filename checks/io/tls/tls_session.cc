#include "checks/io/tls/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "checks/io/net/errors.h"
#include "checks/io/tls/tls_errors.h"
#include "results/text.h"

namespace gaikei::io {
namespace {

/// What OpenSSL says of the last failure, in words; clears the queue of this thread.
std::string TakeOpensslText() {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  if (error == 0) return "failed";
  if (ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_WRONG_VERSION_NUMBER) {
    return "the server does not speak TLS here (wrong version number)";
  }
  const char* reason = ERR_reason_error_string(error);
  return reason == nullptr ? "failed" : Escape(reason);
}

}  // namespace

// OpenSSL's own socket BIO uses write(), which raises SIGPIPE.
const BIO_METHOD* TlsSession::Method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gaikei socket");
    if (made != nullptr) {
      BIO_meth_set_write(made, &TlsSession::OnWrite);
      BIO_meth_set_read(made, &TlsSession::OnRead);
      BIO_meth_set_ctrl(made, &TlsSession::OnControl);
    }
    return made;
  }();
  return method;
}

int TlsSession::OnWrite(BIO* bio, const char* bytes, int size) noexcept {
  auto* socket = static_cast<Socket*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  ssize_t count = -1;
  do {
    count = send(socket->fd, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      BIO_set_retry_write(bio);
    } else {
      socket->error = errno;
    }
  }
  return static_cast<int>(count);
}

int TlsSession::OnRead(BIO* bio, char* buffer, int size) noexcept {
  auto* socket = static_cast<Socket*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  ssize_t count = -1;
  do {
    count = recv(socket->fd, buffer, static_cast<std::size_t>(size), 0);
  } while (count < 0 && errno == EINTR);
  if (count == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  if (count < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      BIO_set_retry_read(bio);
    } else {
      socket->error = errno;
    }
  }
  return static_cast<int>(count);
}

long TlsSession::OnControl(BIO* bio, int command, long, void*) noexcept {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

TlsSession::TlsSession(const std::shared_ptr<const TlsSetup>& setup, const std::string& host,
                       int fd)
    : socket_{.fd = fd}, peer_(setup, host, true) {
  ERR_clear_error();
  if (SetUp(*setup)) return;
  ERR_clear_error();
  SSL_free(std::exchange(ssl_, nullptr));
}

bool TlsSession::SetUp(const TlsSetup& setup) {
  SSL_CTX* context = setup.client_context();
  ssl_ = context == nullptr ? nullptr : SSL_new(context);
  BIO* bio = ssl_ == nullptr || Method() == nullptr ? nullptr : BIO_new(Method());
  if (bio == nullptr) return false;
  BIO_set_data(bio, &socket_);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_connect_state(ssl_);
  return peer_.Attach(ssl_);
}

TlsSession::~TlsSession() { SSL_free(ssl_); }

TlsSession::Step TlsSession::StepOf(int result) {
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_NONE:
      return Step::kDone;
    case SSL_ERROR_WANT_READ:
      return Step::kWantRead;
    case SSL_ERROR_WANT_WRITE:
      return Step::kWantWrite;
    case SSL_ERROR_ZERO_RETURN:
      return Step::kClosed;
    case SSL_ERROR_SYSCALL:
      return socket_.error == 0 ? Step::kClosed : Step::kFailed;
    default:
      return Step::kFailed;
  }
}

TlsSession::Step TlsSession::ShakeHands() {
  if (ssl_ == nullptr) {
    reason_ = Reason::kProberNoMemory;
    message_ = "TLS cannot be set up";
    return Step::kFailed;
  }
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_);
  Step step = result == 1 ? Step::kDone : StepOf(result);
  // Cipher suites without a certificate are offered only where somebody asked for them by name.
  if (step == Step::kDone && !peer_.was_verified()) step = Step::kFailed;
  if (step == Step::kClosed || step == Step::kFailed) Judge(step);
  ERR_clear_error();
  return step;
}

void TlsSession::Judge(Step step) {
  reason_ = ReasonFromHandshake({.alert = peer_.alert(),
                                 .verdict = peer_.verdict(),
                                 .os_errno = socket_.error,
                                 .is_too_large = peer_.is_too_large()});
  if (peer_.verdict() != Reason::kNone) {
    message_ = peer_.message();
  } else if (reason_ == Reason::kTooLarge) {
    message_ = "TLS handshake: the certificates are larger than 256 KiB";
  } else if (reason_ == Reason::kTlsAlert) {
    message_ = "TLS alert from the server: " + AlertText(peer_.alert());
  } else if (reason_ == Reason::kReset) {
    message_ = "connection reset in the TLS handshake";
  } else if (socket_.error != 0) {
    message_ = "TLS handshake: " + ErrnoText(socket_.error);
  } else if (step == Step::kClosed) {
    message_ = "connection closed in the TLS handshake";
  } else if (peer_.handshake_done()) {
    message_ = "TLS handshake: the server showed no certificate";
  } else {
    message_ = "TLS handshake: " + TakeOpensslText();
  }
}

void TlsSession::Abandon(const std::string& why) {
  reason_ = Reason::kProberInternal;
  message_ = "TLS handshake: " + why;
}

TlsSession::Step TlsSession::Read(char* buffer, std::size_t size, std::size_t* count) {
  ERR_clear_error();
  const int result = SSL_read_ex(ssl_, buffer, size, count);
  const Step step = result == 1 ? Step::kDone : StepOf(result);
  ERR_clear_error();
  return step;
}

TlsSession::Step TlsSession::Write(const char* bytes, std::size_t size, std::size_t* count) {
  ERR_clear_error();
  const int result = SSL_write_ex(ssl_, bytes, size, count);
  const Step step = result == 1 ? Step::kDone : StepOf(result);
  ERR_clear_error();
  return step;
}

void TlsSession::SayGoodbye() {
  if (ssl_ == nullptr || SSL_is_init_finished(ssl_) == 0) return;
  ERR_clear_error();
  SSL_shutdown(ssl_);
  ERR_clear_error();
}

}  // namespace gaikei::io
