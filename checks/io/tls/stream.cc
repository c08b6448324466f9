#include "checks/io/tls/stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "checks/io/loop/fd_watch.h"
#include "checks/io/loop/timer.h"
#include "checks/io/net/tcp_facts.h"
#include "checks/io/tls/tls_session.h"

namespace gaikei::io {
namespace {

constexpr std::size_t kChunk = 16384;  ///< what a TLS record holds, at most
constexpr int kChunksATurn = 4;        ///< then others of the loop have their turn
constexpr std::size_t kSentKept = 65536;

}  // namespace

struct Stream::Impl {
  using Step = TlsSession::Step;

  Impl(Loop& loop, UniqueFd owned, std::size_t limit, std::function<void()> on_wake)
      : socket(std::move(owned)),
        input_limit(std::max<std::size_t>(limit, 1)),
        wake(std::make_shared<const std::function<void()>>(std::move(on_wake))),
        watch(loop, socket.get()),
        turn(loop) {}

  void OnReady(bool is_error);
  void Advance();
  void Tell();
  void ShakeHands();
  void ReadAll();
  Step ReadOnce(char* buffer, std::size_t size, std::size_t* count);
  void WriteAll();
  Step WriteOnce(const char* bytes, std::size_t size, std::size_t* count);
  void EndWith(Step step);
  void Finish(End how, int why);
  void Watch();
  void TakeTurn();
  bool is_open() const { return end == End::kOpen; }
  bool is_full() const { return input.size() >= input_limit; }
  bool is_shaking_hands() const { return tls == Tls::kHandshaking; }
  unsigned TicketsSeen() const {
    const bool has_evidence = session && session->peer().evidence();
    return has_evidence ? session->peer().evidence()->session_tickets.value_or(0) : 0;
  }
  int socket_error() const {
    return session && session->os_errno() != 0 ? session->os_errno() : plain_error;
  }

  UniqueFd socket;
  const std::size_t input_limit;
  const std::shared_ptr<const std::function<void()>> wake;
  std::optional<TlsSession> session;
  std::string input;
  std::string output;
  std::size_t sent = 0;  ///< of output
  End end = End::kOpen;
  int error = 0;
  int plain_error = 0;  ///< errno of the last failed call on the socket
  Tls tls = Tls::kNone;
  Step shake = Step::kDone;    ///< what the handshake waits for
  Step reading = Step::kDone;  ///< what the last read waits for
  Step writing = Step::kDone;  ///< what the last write waits for; kFailed: writing is over
  bool is_news = false;        ///< the owner has to be woken
  int watched = 0;             ///< events
  FdWatch watch;
  Timer turn;  ///< what must not happen inside a call of the owner
};

/// Everything that can be done now, without telling anybody.
void Stream::Impl::Advance() {
  if (is_shaking_hands()) {
    if (!output.empty()) WriteAll();  // in plain text, from before
    if (output.empty()) ShakeHands();
  }
  if (is_open() && !is_shaking_hands()) WriteAll();
  if (is_open() && !is_shaking_hands()) ReadAll();
  Watch();
}

void Stream::Impl::OnReady(bool is_error) {
  Advance();
  // The socket would have told its own error just now: it is the watching that does not work.
  if (is_error && is_open() && !is_news) {
    if (is_shaking_hands()) session->Abandon("the socket cannot be watched");
    if (is_shaking_hands()) tls = Tls::kFailed;
    Finish(End::kFailed, EIO);
    Watch();
  }
  Tell();
}

void Stream::Impl::Tell() {
  if (!std::exchange(is_news, false)) return;
  const auto kept = wake;
  (*kept)();  // may have destroyed this
}

void Stream::Impl::ShakeHands() {
  shake = session->ShakeHands();
  if (shake == Step::kWantRead || shake == Step::kWantWrite) return;
  is_news = true;
  if (shake == Step::kDone) {
    tls = Tls::kEstablished;
    return;
  }
  tls = Tls::kFailed;
  EndWith(shake);
}

void Stream::Impl::ReadAll() {
  std::array<char, kChunk> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const unsigned tickets = TicketsSeen();
  for (int i = 0; i < kChunksATurn; ++i) {
    if (is_full()) return;
    std::size_t count = 0;
    reading = ReadOnce(buffer.data(), std::min(buffer.size(), input_limit - input.size()), &count);
    if (TicketsSeen() != tickets) is_news = true;  // the server is content with us
    if (reading == Step::kDone) {
      input.append(buffer.data(), count);
      is_news = true;
    } else if (reading == Step::kClosed || reading == Step::kFailed) {
      return EndWith(reading);
    } else {
      return;
    }
  }
  TakeTurn();
}

TlsSession::Step Stream::Impl::ReadOnce(char* buffer, std::size_t size, std::size_t* count) {
  if (session) return session->Read(buffer, size, count);
  ssize_t got = -1;
  do {
    got = recv(socket.get(), buffer, size, 0);
  } while (got < 0 && errno == EINTR);
  if (got == 0) return Step::kClosed;
  if (got > 0) {
    *count = static_cast<std::size_t>(got);
    return Step::kDone;
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK) return Step::kWantRead;
  plain_error = errno;
  return Step::kFailed;
}

/// A write that fails is no end yet: the peer may have said something before it went away, and
/// reading will find the end behind it.
void Stream::Impl::WriteAll() {
  while (writing != Step::kFailed && sent < output.size()) {
    std::size_t count = 0;
    writing = WriteOnce(output.data() + sent, output.size() - sent, &count);
    if (writing != Step::kDone) break;
    sent += count;
  }
  if (writing == Step::kClosed) writing = Step::kFailed;
  if (sent == output.size() || writing == Step::kFailed) {
    output.clear();
    sent = 0;
  } else if (sent > kSentKept) {
    output.erase(0, sent);
    sent = 0;
  }
}

TlsSession::Step Stream::Impl::WriteOnce(const char* bytes, std::size_t size, std::size_t* count) {
  if (session && !is_shaking_hands()) return session->Write(bytes, size, count);
  ssize_t put = -1;
  do {
    put = send(socket.get(), bytes, size, MSG_NOSIGNAL);
  } while (put < 0 && errno == EINTR);
  if (put >= 0) {
    *count = static_cast<std::size_t>(put);
    return Step::kDone;
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK) return Step::kWantWrite;
  plain_error = errno;
  return Step::kFailed;
}

void Stream::Impl::EndWith(Step step) {
  const int why = socket_error();
  if (why == ECONNRESET || why == EPIPE) return Finish(End::kReset, why);
  Finish(step == Step::kClosed ? End::kClosed : End::kFailed, why);
}

void Stream::Impl::Finish(End how, int why) {
  end = how;
  error = how == End::kClosed ? 0 : why;
  output.clear();
  sent = 0;
  is_news = true;
}

void Stream::Impl::Watch() {
  int events = FdWatch::kNothing;
  const auto add = [&events](Step step) {
    if (step == Step::kWantRead) events |= FdWatch::kReadable;
    if (step == Step::kWantWrite) events |= FdWatch::kWritable;
  };
  if (is_shaking_hands()) {
    add(output.empty() ? shake : writing);
  } else if (is_open()) {
    if (!is_full()) add(reading == Step::kWantWrite ? reading : Step::kWantRead);
    if (sent < output.size()) add(writing);
  }
  if (events == watched) return;
  watched = events;
  if (events == FdWatch::kNothing) return watch.Stop();
  watch.Start(events, [this](int, bool is_error) { OnReady(is_error); });
}

void Stream::Impl::TakeTurn() {
  if (!turn.is_armed()) turn.Arm(Span::zero(), [this] { OnReady(false); });
}

Stream::Stream(Loop& loop, UniqueFd socket, std::size_t input_limit, std::function<void()> wake)
    : impl_(std::make_unique<Impl>(loop, std::move(socket), input_limit, std::move(wake))) {
  impl_->Watch();
}

Stream::~Stream() {
  Impl& impl = *impl_;
  const bool can_speak = impl.end == End::kOpen || impl.end == End::kClosed;
  if (impl.tls == Tls::kEstablished && can_speak && impl.writing == TlsSession::Step::kDone) {
    impl.session->SayGoodbye();
  }
}

std::string& Stream::input() {
  // The owner may be about to make room.
  if (impl_->is_open() && impl_->is_full()) impl_->TakeTurn();
  return impl_->input;
}

Stream::End Stream::end() const { return impl_->end; }
int Stream::error() const { return impl_->error; }

void Stream::Write(std::string_view bytes) {
  Impl& impl = *impl_;
  if (!impl.is_open() || impl.is_shaking_hands() || impl.writing == TlsSession::Step::kFailed) {
    return;
  }
  impl.output += bytes;
  impl.WriteAll();
  impl.Watch();
}

bool Stream::is_flushed() const { return impl_->output.empty(); }

void Stream::Secure(const std::shared_ptr<const TlsSetup>& setup, const std::string& host) {
  Impl& impl = *impl_;
  impl.input.clear();
  impl.session.emplace(setup, host, impl.socket.get());
  impl.tls = Tls::kHandshaking;
  impl.Advance();
  if (impl.is_news) impl.TakeTurn();
}

Stream::Tls Stream::tls() const { return impl_->tls; }

Reason Stream::tls_reason() const {
  return impl_->tls == Tls::kFailed ? impl_->session->reason() : Reason::kNone;
}

const std::string& Stream::tls_message() const {
  static const std::string none;
  return impl_->tls == Tls::kFailed ? impl_->session->message() : none;
}

const TlsPeer* Stream::peer() const { return impl_->session ? &impl_->session->peer() : nullptr; }

TcpEvidence Stream::Facts() const { return ReadTcpFacts(impl_->socket.get()); }

}  // namespace gaikei::io
