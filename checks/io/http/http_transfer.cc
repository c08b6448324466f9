#include "checks/io/http/http_transfer.h"

#include <curl/curl.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "checks/io/http/cookie_jar.h"
#include "checks/io/http/curl_errors.h"
#include "checks/io/http/curl_pool.h"
#include "checks/io/http/early_answer.h"
#include "checks/io/http/easy_setup.h"
#include "checks/io/http/transfer_body.h"
#include "checks/io/http/transfer_connection.h"
#include "checks/io/http/transfer_proxy.h"
#include "checks/io/http/transfer_text.h"
#include "checks/io/loop/timer.h"
#include "checks/io/net/errors.h"
#include "checks/io/net/unix_socket.h"
#include "checks/io/tls/tls_errors.h"
#include "checks/io/tls/tls_peer.h"
#include "results/text.h"

namespace gaikei::io {
namespace {

void Take(ProxyFailure failure, HttpAnswer& seen) {
  seen.reason = failure.reason;
  seen.blame = failure.blame;
  seen.message = std::move(failure.message);
}

/// So long a request may be on its way over a connection that stood before, until another one is
/// tried.
constexpr std::chrono::seconds kStandingPatience{1};

/// Until a unix socket whose queue is full is tried again.
constexpr std::chrono::milliseconds kQueuePause{10};

/// So long nothing moves until an answer is taken for one that will not go on.
constexpr std::chrono::seconds kStallPatience{1};

constexpr const char* kNoGoodbye =
    "closed without close_notify: nobody can tell whether it was whole";

}  // namespace

struct HttpTransfer::Impl {
  Impl(Loop& loop, CurlPool& curl_pool)
      : pool(curl_pool), deferred(loop), stall(loop), easy(curl_easy_init()) {}
  ~Impl() {
    Leave();
    curl_easy_cleanup(easy);
  }

  void Send(HttpRequest what, Done when_done);
  bool SetUp();
  void OnEnd(int code);
  void Leave();
  void WatchStanding();
  void WatchStall();
  std::string WhyNoHttp2() const;
  HttpAnswer Collect(int code, bool gave_up);
  void Judge(int code, Phase phase, HttpAnswer& seen);
  bool JudgeConnection(int code, Phase phase, HttpAnswer& seen) const;
  void JudgeHandshake(HttpAnswer& seen) const;
  void JudgeUnix(HttpAnswer& seen) const;
  std::string UnixPath() const;
  int OsError() const;
  bool IsStale(const HttpAnswer& seen) const;
  void Settle(MonoTime end, HttpAnswer& seen) const;
  Phase RunningPhase() const;
  std::optional<MonoTime> FirstByte(MonoTime end) const;
  /// The body goes out behind the head and not with it: libcurl takes the first byte that is sent
  /// so for the first one of the answer.
  bool UploadsApart() const {
    constexpr std::size_t kSentWithHead = std::size_t{64} * 1024;
    if (request.body == nullptr || request.body->empty()) return false;
    return request.version == HttpVersion::k2 || request.body->Reveal().size() >= kSentWithHead ||
           (request.version == HttpVersion::kDefault && request.url->scheme == "https");
  }
  std::pair<MonoTime, Span> Anchor() const;
  std::uint64_t WireSize() const;
  std::uint64_t SentSize() const;
  Span InfoTime(CURLINFO info) const;
  void Stop(HeadFault found) {
    if (!fault) fault = std::move(found);
  }

  static CURLcode OnContext(CURL*, void* context, void* self) noexcept;
  static int OnRequest(void* self, char*, char*, int, int) noexcept;
  static int OnProgress(void* self, std::int64_t, std::int64_t, std::int64_t to_send,
                        std::int64_t sent) noexcept;
  static std::size_t OnHeader(char* data, std::size_t size, std::size_t n, void* self) noexcept;
  static std::size_t OnBody(char* data, std::size_t size, std::size_t n, void* self) noexcept;

  CurlPool& pool;
  Timer deferred;  ///< for a request that was not begun, or that goes over what stood before
  Timer stall;     ///< armed while an answer comes before the request is out
  CURL* easy;
  EasySetup setup;
  Done done;
  HttpRequest request;
  TransferConnection connection;
  TransferProxy proxy;
  TransferBody body;
  HttpAnswer answer;
  std::optional<HeadFault> fault;  ///< why a callback stopped the transfer
  bool is_dead = false;            ///< the connection stood, and nothing arrives at its other end
  bool is_over = false;      ///< the answer is complete, and the server does not want the rest
  bool is_stalled = false;   ///< the answer has begun, and nothing moves any more
  bool lacks_http2 = false;  ///< which is required
  std::pair<std::uint64_t, std::uint64_t> moved{};  ///< bytes sent and received, at the last look
  std::optional<MonoTime> requested;                ///< just before the request was written
  std::optional<MonoTime> first_header;  ///< first whole header line: the first byte was not later
  std::array<char, CURL_ERROR_SIZE> error_text{};
};

HttpTransfer::HttpTransfer(Loop& loop, CurlPool& pool)
    : impl_(std::make_unique<Impl>(loop, pool)) {}
HttpTransfer::~HttpTransfer() = default;

void HttpTransfer::Send(HttpRequest request, Done done) {
  impl_->Send(std::move(request), std::move(done));
}

HttpAnswer HttpTransfer::GiveUp() {
  impl_->deferred.Disarm();
  impl_->stall.Disarm();
  impl_->done = nullptr;
  HttpAnswer answer = impl_->Collect(CURLE_OK, true);
  impl_->Leave();
  return answer;
}

void HttpTransfer::Cancel() {
  impl_->deferred.Disarm();
  impl_->stall.Disarm();
  impl_->done = nullptr;
  impl_->Leave();
}

std::optional<Secret> HttpTransfer::Cookie(std::string_view name, const Url& url) const {
  return FindCookie(impl_->easy, name, url);
}

void HttpTransfer::Impl::Send(HttpRequest what, Done when_done) {
  request = std::move(what);
  done = std::move(when_done);
  answer = HttpAnswer{};
  answer.head = ResponseHead(request.compression != nullptr);
  body.Take(request);
  fault.reset();
  is_dead = false;
  is_over = false;
  is_stalled = false;
  lacks_http2 = false;
  moved = {};
  requested.reset();
  first_header.reset();
  error_text[0] = '\0';
  const bool has_way = connection.Take(request);
  // Whatever comes of it: that of the request before may be gone. Behind the connection, which
  // knows the address of the proxy where it stands.
  proxy.Take(request);
  if (!has_way) {
    deferred.Arm(Span(0), [this] { OnEnd(CURLE_NO_CONNECTION_AVAILABLE); });
    return;
  }
  if (SetUp() && pool.Start(easy, [this](int code) { OnEnd(code); })) {
    if (connection.stood_before()) WatchStanding();
    return;
  }
  deferred.Arm(Span(0), [this] { OnEnd(CURLE_OUT_OF_MEMORY); });
}

bool HttpTransfer::Impl::SetUp() {
  if (easy == nullptr || !setup.Prepare(easy, request)) return false;
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_text.data());
  connection.Apply(easy);
  if (!proxy.Apply(easy)) return false;
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &Impl::OnRequest);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &Impl::OnProgress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, this);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, proxy.is_used() || request.body != nullptr ? 0L : 1L);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Impl::OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Impl::OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  if (request.url->scheme != "https") return true;
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, request.tls->is_insecure() ? 0L : 1L);
  // A libcurl without this callback could not be told whom to trust.
  return curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &Impl::OnContext) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, this) == CURLE_OK;
}

/// A connection that dies without a word is found out before the deadline, where the request may be
/// sent again. One with a body may take its time to arrive; the first bytes of it may not.
void HttpTransfer::Impl::WatchStanding() {
  const bool may_have_body = connection.trusts_standing();
  if (!may_have_body && (!connection.is_idempotent() || request.body != nullptr)) return;
  deferred.Arm(kStandingPatience, [this, may_have_body] {
    if (answer.head.bytes() == 0 && connection.SeemsDead() &&
        (!may_have_body || connection.NothingArrived())) {
      is_dead = true;
      pool.Cancel(easy);
      OnEnd(CURLE_NO_CONNECTION_AVAILABLE);
    }
  });
}

/// A server that has answered need not read the rest of a request (RFC 9113, 8.1), and may forget
/// to say so. libcurl keeps trailers until all is sent, and does not tell that a stream has ended.
void HttpTransfer::Impl::WatchStall() {
  stall.Arm(kStallPatience, [this] {
    if (SentSize() >= request.body->Reveal().size()) return;
    const std::pair now{SentSize(), WireSize()};
    if (std::exchange(moved, now) != now) return WatchStall();
    is_stalled = true;
    pool.Cancel(easy);
    OnEnd(CURLE_ABORTED_BY_CALLBACK);
  });
}

/// Empty where the connection speaks it, or is one without TLS.
std::string HttpTransfer::Impl::WhyNoHttp2() const {
  const TlsPeer* peer = connection.tls();
  if (peer == nullptr || !peer->evidence() || peer->evidence()->alpn == "h2") return {};
  const std::string& chosen = peer->evidence()->alpn;
  return "the server does not speak HTTP/2: by ALPN it chose " +
         (chosen.empty() ? "no protocol" : Escape(chosen, 80));
}

/// Takes the handle back from libcurl and lets go of the connection.
void HttpTransfer::Impl::Leave() {
  pool.Cancel(easy);
  connection.Leave();
  // A cache must not be held by a handle that is done with it.
  curl_easy_setopt(easy, CURLOPT_SHARE, nullptr);
}

CURLcode HttpTransfer::Impl::OnContext(CURL*, void* context, void* self) noexcept {
  auto& impl = *static_cast<Impl*>(self);
  impl.proxy.MarkThrough();
  if (!impl.connection.Arrive()) return CURLE_SSL_CONNECT_ERROR;
  TlsPeer* peer = impl.connection.tls();
  return peer != nullptr && peer->Attach(static_cast<ssl_ctx_st*>(context))
             ? CURLE_OK
             : CURLE_SSL_CONNECT_ERROR;
}

int HttpTransfer::Impl::OnRequest(void* self, char*, char* local_address, int,
                                  int local_port) noexcept {
  auto& impl = *static_cast<Impl*>(self);
  impl.proxy.MarkThrough();
  if (!impl.connection.Arrive() || !impl.connection.Use(local_address, local_port))
    return CURL_PREREQFUNC_ABORT;
  if (impl.request.requires_http2) {
    if (std::string why = impl.WhyNoHttp2(); !why.empty()) {
      impl.lacks_http2 = true;
      impl.Stop({Reason::kProtocolError, std::move(why)});
      return CURL_PREREQFUNC_ABORT;
    }
  }
  impl.requested = MonoNow();
  return CURL_PREREQFUNC_OK;
}

int HttpTransfer::Impl::OnProgress(void* self, std::int64_t, std::int64_t, std::int64_t to_send,
                                   std::int64_t sent) noexcept {
  auto& impl = *static_cast<Impl*>(self);
  if (!impl.proxy.CountByte()) return 1;
  impl.is_over = impl.is_over || IsAnsweredEarly(impl.answer.head, impl.WireSize(), to_send, sent);
  return impl.is_over ? 1 : 0;
}

std::size_t HttpTransfer::Impl::OnHeader(char* data, std::size_t size, std::size_t n,
                                         void* self) noexcept {
  auto& impl = *static_cast<Impl*>(self);
  if (!impl.first_header) impl.first_header = MonoNow();
  std::optional<HeadFault> found = impl.answer.head.AddLine({data, size * n});
  if (!found && impl.answer.head.bytes() > impl.request.header_budget) {
    found = HeadFault{Reason::kTooLarge, "more than 256 KiB of header over all redirects"};
  }
  if (!found) {
    const bool can_stall = impl.request.can_be_smaller && impl.request.body != nullptr &&
                           impl.answer.head.is_complete() && impl.answer.head.version() == "2";
    if (can_stall && !impl.stall.is_armed()) impl.WatchStall();
    return size * n;
  }
  impl.Stop(std::move(*found));
  return 0;
}

std::size_t HttpTransfer::Impl::OnBody(char* data, std::size_t size, std::size_t n,
                                       void* self) noexcept {
  auto& impl = *static_cast<Impl*>(self);
  std::optional<HeadFault> found = impl.body.Add({data, size * n}, impl.WireSize(), impl.answer);
  if (!found) return size * n;
  impl.Stop(std::move(*found));
  return 0;
}

std::uint64_t HttpTransfer::Impl::WireSize() const {
  curl_off_t size = 0;
  curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &size);
  return size < 0 ? 0 : static_cast<std::uint64_t>(size);
}

std::uint64_t HttpTransfer::Impl::SentSize() const {
  curl_off_t size = 0;
  curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &size);
  return size < 0 ? 0 : static_cast<std::uint64_t>(size);
}

Span HttpTransfer::Impl::InfoTime(CURLINFO info) const {
  curl_off_t time = 0;
  curl_easy_getinfo(easy, info, &time);
  return std::chrono::microseconds(time);
}

/// An event that libcurl's clock and ours have both seen: ours, and libcurl's reading of it.
std::pair<MonoTime, Span> HttpTransfer::Impl::Anchor() const {
  // PRETRANSFER is read behind the request's last byte, which would take sending it for transfer.
  if (connection.stood_before()) return {*requested, InfoTime(CURLINFO_NAMELOOKUP_TIME_T)};
  const TlsPeer* peer = connection.tls();
  if (peer != nullptr && peer->handshake_done()) {
    return {*peer->handshake_done(), InfoTime(CURLINFO_APPCONNECT_TIME_T)};
  }
  if (proxy.through()) return {*proxy.through(), InfoTime(CURLINFO_PRETRANSFER_TIME_T)};
  if (connection.arrived()) return {*connection.arrived(), InfoTime(CURLINFO_CONNECT_TIME_T)};
  return {connection.taken().value_or(*requested), InfoTime(CURLINFO_CONNECT_TIME_T)};
}

/// A first line that trickles is a first byte long before it is a line, and only libcurl sees it.
/// Its clock starts where we cannot look, so its reading is taken relative to an event that both
/// saw.
std::optional<MonoTime> HttpTransfer::Impl::FirstByte(MonoTime end) const {
  if (!requested) return std::nullopt;
  if (UploadsApart()) return first_header;
  const Span first = InfoTime(CURLINFO_STARTTRANSFER_TIME_T);
  if (first <= Span(0)) return first_header;
  const auto [anchor, anchor_reading] = Anchor();
  const MonoTime latest = first_header.value_or(end);
  return std::clamp(anchor + (first - anchor_reading), *requested, std::max(latest, *requested));
}

Phase HttpTransfer::Impl::RunningPhase() const {
  if (!requested) {
    if (connection.stood_before()) return Phase::kProcessing;
    if (proxy.is_negotiating() || connection.is_arriving()) return Phase::kConnect;
    return connection.tls() != nullptr ? Phase::kTls : Phase::kConnect;
  }
  return FirstByte(MonoNow()) ? Phase::kTransfer : Phase::kProcessing;
}

/// Phases up to `end`, whatever was reached.
void HttpTransfer::Impl::Settle(MonoTime end, HttpAnswer& seen) const {
  const TlsPeer* peer = connection.tls();
  // What was left to do of connecting: to get past a proxy, or to reach a unix socket.
  const bool is_connecting =
      !connection.stood_before() && (proxy.is_negotiating() || connection.is_arriving());
  const auto& reached = proxy.through() ? proxy.through() : connection.arrived();
  const MonoTime connected = is_connecting ? end : reached.value_or(request.connected);
  if (is_connecting || (reached && !connection.stood_before())) {
    seen.phases.Add(Phase::kConnect, connected - request.connected);
  }
  if (peer != nullptr && !connection.stood_before() && !is_connecting) {
    const MonoTime tls_end = requested && peer->handshake_done() ? *peer->handshake_done() : end;
    seen.phases.Add(Phase::kTls, tls_end - connected);
  }
  if (!requested && seen.phase == Phase::kProcessing && peer == nullptr) {
    seen.phases.Add(Phase::kProcessing, end - connected);
  }
  if (!requested) return;
  const std::optional<MonoTime> first =
      seen.phase == Phase::kProcessing ? std::nullopt : FirstByte(end);
  seen.phases.Add(Phase::kProcessing, first.value_or(end) - *requested);
  if (first) seen.phases.Add(Phase::kTransfer, end - *first);
}

void HttpTransfer::Impl::OnEnd(int code) {
  deferred.Disarm();
  stall.Disarm();
  if (is_over && code == CURLE_ABORTED_BY_CALLBACK) code = CURLE_OK;
  // EAGAIN (unix(7)) is a connection in the making to libcurl, which then fails without an error.
  if (code == CURLE_COULDNT_CONNECT && OsError() == 0) connection.MarkQueueFull();
  if (connection.is_queue_full() && code != CURLE_NO_CONNECTION_AVAILABLE) {
    deferred.Arm(kQueuePause, [this] { OnEnd(CURLE_NO_CONNECTION_AVAILABLE); });
    return;
  }
  HttpAnswer seen = Collect(code, false);
  Leave();
  const Done finished = std::move(done);
  done = nullptr;
  finished(std::move(seen));  // may destroy this
}

HttpAnswer HttpTransfer::Impl::Collect(int code, bool gave_up) {
  const MonoTime end = MonoNow();
  if (code == CURLE_OK && !gave_up && !fault) fault = body.End();
  HttpAnswer seen = std::move(answer);
  answer = HttpAnswer{};
  seen.wire_size = WireSize();
  seen.notes = seen.head.notes();
  if (is_over) seen.notes.emplace_back("answered before the whole request was read");
  if (connection.arrived()) seen.notes.push_back("connected to " + UnixPath());
  seen.tcp = connection.Facts();
  seen.is_reused = connection.stood_before();
  seen.peer = connection.peer();
  if (connection.tls() != nullptr) seen.tls = connection.tls()->evidence();
  if (connection.tls() != nullptr && !connection.tls()->said_goodbye() && code == CURLE_OK &&
      !gave_up && request.method != "HEAD" && seen.head.ends_by_close()) {
    seen.notes.emplace_back(kNoGoodbye);
  }
  seen.lacks_http2 = lacks_http2;
  seen.is_answer_lost =
      is_stalled || (!lacks_http2 && IsAnswerLost(easy, request, seen.head, code, fault.has_value(),
                                                  error_text.data()));
  seen.proxy = proxy.Evidence(easy, request.connected, seen.is_reused, end);

  const Phase phase = RunningPhase();
  if (gave_up) {
    seen.phase = phase;
    seen.reason = TimeoutReason(phase);
    if (phase == Phase::kConnect && proxy.is_negotiating()) Take(proxy.Late(), seen);
    if (connection.is_arriving()) seen.message = "no connection to " + UnixPath();
  } else if (fault) {
    seen.phase = phase;
    seen.reason = fault->reason;
    seen.message = fault->message;
  } else if (code != CURLE_OK && (IsStale(seen) || connection.is_queue_full())) {
    seen = HttpAnswer{};
    seen.needs_connection = true;
    if (!connection.is_queue_full()) return seen;
  } else if (code != CURLE_OK) {
    Judge(code, phase, seen);
  } else if (!seen.head.is_complete()) {
    seen.phase = phase;
    seen.reason = Reason::kProtocolError;
    seen.message = "connection closed before an answer that is one";
  } else if (proxy.IsOwnRefusal(seen.head.status())) {
    Take(proxy.OwnRefusal(), seen);
  }
  Settle(end, seen);
  return seen;
}

/// Whether a failure tells of a connection that had stood, and of the server nothing.
bool HttpTransfer::Impl::IsStale(const HttpAnswer& seen) const {
  return connection.stood_before() && seen.head.bytes() == 0 &&
         (!connection.was_used() || connection.is_idempotent() || is_dead);
}

void HttpTransfer::Impl::Judge(int code, Phase phase, HttpAnswer& seen) {
  seen.phase = phase;
  if (phase == Phase::kConnect && connection.taken() && proxy.is_negotiating()) {
    return Take(proxy.Judge(easy, error_text.data()), seen);
  }
  if (connection.taken() && connection.is_arriving()) return JudgeUnix(seen);
  if (phase == Phase::kTls && connection.taken()) return JudgeHandshake(seen);
  if (JudgeConnection(code, phase, seen)) return;
  const TlsPeer* peer = connection.tls();
  const std::string_view text(error_text.data());
  const bool is_connection_lost = code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR;
  if (is_connection_lost && request.body != nullptr && seen.head.is_complete() &&
      seen.head.status() >= 400) {
    // RFC 9112, 9.6: the server has said what it had to say, and would not read the rest.
    seen.phase.reset();
    seen.notes.emplace_back("connection lost after an early answer");
    return;
  }
  if (code == CURLE_GOT_NOTHING) seen.phase = Phase::kProcessing;
  const TransferFacts facts{
      .code = code,
      .os_errno = OsError(),
      .phase = phase == Phase::kTls ? Phase::kConnect : *seen.phase,
      .saw_informational = seen.head.saw_informational(),
      .is_close = text.find("before end of the underlying stream") != std::string_view::npos};
  seen.reason = ReasonFromCurl(facts);
  // libcurl has a limit of its own here, and meets it before the header line is handed over.
  if (code == CURLE_BAD_CONTENT_ENCODING && text.find("more than") != std::string_view::npos) {
    seen.reason = Reason::kTooLarge;
  }
  // TLS 1.3 refuses a client certificate after the handshake.
  if (peer != nullptr && peer->alert() >= 0) seen.reason = Reason::kTlsAlert;
  seen.message = ExchangeText(
      {.reason = seen.reason, .phase = seen.phase, .code = code, .error = text, .peer = peer});
}

/// What ended with the connection rather than with what was said over it. False: something else.
bool HttpTransfer::Impl::JudgeConnection(int code, Phase phase, HttpAnswer& seen) const {
  if (phase == Phase::kConnect && connection.taken() && code == CURLE_COULDNT_CONNECT) {
    // It stood when we handed it over.
    seen.phase = Phase::kProcessing;
    seen.reason = Reason::kReset;
    seen.message = "connection reset before the request was sent";
    return true;
  }
  if (connection.stood_before() && seen.head.bytes() == 0) {
    // libcurl would have sent it again on another one.
    seen.phase = Phase::kProcessing;
    seen.reason = Reason::kTruncated;
    seen.message = fmt::format(
        "the connection, used before, was closed before an answer; a {} is not sent twice",
        Escape(request.method, 20));
    return true;
  }
  if (connection.wanted_another() && connection.was_used() && seen.head.bytes() == 0) {
    // HTTP/2: REFUSED_STREAM, HTTP_1_1_REQUIRED. libcurl would have asked again.
    seen.phase = Phase::kProcessing;
    seen.reason = Reason::kProtocolError;
    seen.message = "the server refused the stream of the request";
    return true;
  }
  if (connection.IsBrokenHttp2(code, OsError())) {
    seen.phase = seen.head.bytes() == 0 ? Phase::kProcessing : phase;
    seen.reason = Reason::kProtocolError;
    seen.message = "HTTP/2: the server broke the protocol, the connection was given up";
    return true;
  }
  return false;
}

int HttpTransfer::Impl::OsError() const {
  long os_errno = 0;
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_errno);
  return static_cast<int>(os_errno);
}

std::string HttpTransfer::Impl::UnixPath() const { return Escape(*request.unix_socket, 200); }

void HttpTransfer::Impl::JudgeUnix(HttpAnswer& seen) const {
  const int error = OsError();
  seen.reason = ReasonFromUnixErrno(error);
  if (seen.reason == Reason::kNone) seen.reason = Reason::kProberInternal;
  if (seen.reason == Reason::kProberInternal) seen.blame = Blame::kConfig;
  seen.message = fmt::format("cannot connect to {}: {}", UnixPath(), ErrnoText(error));
}

void HttpTransfer::Impl::JudgeHandshake(HttpAnswer& seen) const {
  const TlsPeer& peer = *connection.tls();
  seen.reason = ReasonFromHandshake({.alert = peer.alert(),
                                     .verdict = peer.verdict(),
                                     .os_errno = OsError(),
                                     .is_too_large = peer.is_too_large()});
  seen.message = HandshakeText(seen.reason, peer, error_text.data());
}

}  // namespace gaikei::io
