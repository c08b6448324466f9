/// How much of an endless body one turn of the loop takes: what is beside it has its turn after
/// that much, however fast the rest comes. Counted in bytes and turns, not in time.

#include <curl/curl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <uv.h>

#include <functional>
#include <memory>
#include <string>

#include "checks/io/engine.h"
#include "checks/io/http/curl_pool.h"
#include "checks/io/http/easy_setup.h"
#include "checks/io/loop/fd_watch.h"
#include "checks/io/loop/loop.h"
#include "checks/io/tls/stream.h"
#include "checks/kinds.h"
#include "tests/checks/hostile_rows.h"
#include "tests/checks/http_rig.h"
#include "tests/support/http2_frames.h"
#include "tests/support/tcp_server.h"
#include "tests/support/tls_server.h"

namespace gaikei {
namespace {

using support::Connection;
using support::TcpServer;
using support::TlsServer;
namespace http2 = support::http2;

constexpr std::size_t kMiB = 1024 * 1024;

/// Counts what comes in between two turns of a loop, and whether a descriptor that is always ready
/// is called in each of them.
class TurnMeter {
 public:
  explicit TurnMeter(io::Loop& loop)
      : neighbour_fd_(eventfd(1, EFD_CLOEXEC)), neighbour_(loop, neighbour_fd_.get()) {
    uv_prepare_init(loop.native(), &prepare_);
    prepare_.data = this;
    uv_prepare_start(&prepare_,
                     [](uv_prepare_t* self) { static_cast<TurnMeter*>(self->data)->EndTurn(); });
    neighbour_.Start(io::FdWatch::kReadable, [this](int, bool) { ++calls_; });
  }
  ~TurnMeter() { uv_close(reinterpret_cast<uv_handle_t*>(&prepare_), nullptr); }
  TurnMeter(const TurnMeter&) = delete;
  TurnMeter& operator=(const TurnMeter&) = delete;

  void Add(std::size_t bytes) { now_ += bytes; }

  std::size_t total() const { return total_; }
  std::size_t most() const { return most_; }    ///< bytes in one turn
  std::size_t turns() const { return turns_; }  ///< in which there were any
  std::size_t all_turns() const { return all_turns_; }
  /// Turns in which there were bytes and the neighbour was not called.
  std::size_t starved() const { return starved_; }
  std::size_t calls() const { return all_calls_; }  ///< of the neighbour

 private:
  void EndTurn() {
    ++all_turns_;
    all_calls_ += calls_;
    if (now_ > 0) {
      ++turns_;
      if (calls_ == 0) ++starved_;
    }
    total_ += now_;
    most_ = std::max(most_, now_);
    now_ = calls_ = 0;
  }

  support::Fd neighbour_fd_;
  io::FdWatch neighbour_;
  uv_prepare_t prepare_{};
  std::size_t now_ = 0;
  std::size_t calls_ = 0;
  std::size_t total_ = 0;
  std::size_t most_ = 0;
  std::size_t turns_ = 0;
  std::size_t all_turns_ = 0;
  std::size_t starved_ = 0;
  std::size_t all_calls_ = 0;
};

/// Sends a head, and then pieces without end.
TcpServer::Handler Endless(const std::string& head, const std::string& piece) {
  return [head, piece](Connection& c) {
    c.ReadUntil("\r\n\r\n");
    c.Write("HTTP/1.1 200 OK\r\n" + head + "\r\n");
    while (c.Write(piece)) {
    }
  };
}

TcpServer::Handler EndlessHttp2() {
  const std::string data =
      Repeat(http2::Frame(http2::kData, http2::kNone, 1, std::string(16'384, 'x')), 4);
  return [data](Connection& c) {
    if (!http2::ReadRequest(c)) return;
    c.Write(http2::Ok(1));
    while (c.Write(data)) {
    }
  };
}

const std::string& Piece() {
  static const std::string piece(256 * 1024, 'x');
  return piece;
}

std::string Chunks() { return "40000\r\n" + Piece() + "\r\n"; }

// ---- libcurl itself ---------------------------------------------------------------------------

struct Sink {
  TurnMeter* meter = nullptr;
  io::Loop* loop = nullptr;
  std::size_t limit = 0;
};

std::size_t Take(char*, std::size_t size, std::size_t n, void* self) {
  auto& sink = *static_cast<Sink*>(self);
  sink.meter->Add(size * n);
  if (sink.meter->total() > sink.limit) sink.loop->Stop();
  return size * n;
}

/// Reads 32 MiB with the buffer that the product gives libcurl, and looks at every turn.
void ExpectBudgetOfCurl(const std::string& url) {
  io::Loop loop;
  io::CurlPool pool(loop);
  TurnMeter meter(loop);
  Sink sink{&meter, &loop, 32 * kMiB};
  CURL* easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, static_cast<long>(io::kReadBufferSize));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Take);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &sink);
  loop.Post([&] {
    EXPECT_TRUE(pool.Start(easy, [&](int code) {
      ADD_FAILURE() << "ended with " << code;
      loop.Stop();
    }));
  });
  loop.Run();
  pool.Cancel(easy);
  curl_easy_cleanup(easy);
  EXPECT_GT(meter.total(), sink.limit);
  EXPECT_LE(meter.most(), io::kBytesATurn);
  EXPECT_LE(meter.starved(), 1U) << "of " << meter.turns();
  testing::Test::RecordProperty("most", std::to_string(meter.most()));
}

TEST(LoopBudget, HoldsForPlainHttp) {
  const TcpServer server(Endless("", Piece()));
  ExpectBudgetOfCurl("http://" + server.Authority() + "/");
}

TEST(LoopBudget, HoldsForChunks) {
  const TcpServer server(Endless("Transfer-Encoding: chunked\r\n", Chunks()));
  ExpectBudgetOfCurl("http://" + server.Authority() + "/");
}

TEST(LoopBudget, HoldsForHttps) {
  const HostileScene scene = Secure(Endless("", Piece()));
  ExpectBudgetOfCurl(scene.url);
}

TEST(LoopBudget, HoldsForHttp2) {
  const HostileScene scene = Secure(EndlessHttp2(), {}, {.alpn = {"h2"}});
  ExpectBudgetOfCurl(scene.url);
}

// ---- whole checks -----------------------------------------------------------------------------

/// Runs a check on an endless body up to its limit: as many turns as that takes, and a turn for the
/// neighbour in each.
void ExpectBudgetOfCheck(const HostileScene& scene, std::size_t limit) {
  CheckSpec spec = HttpSpec(scene.url);
  if (scene.asks) scene.asks(spec);
  spec.http.max_body = limit;
  const auto check = MakeCheck(spec);
  ASSERT_TRUE(check) << check.error();
  const Region region;
  io::Loop loop;
  io::Engine engine(loop);
  TurnMeter meter(loop);
  std::unique_ptr<Attempt> attempt;
  Observation seen;
  loop.Post([&] {
    attempt = (*check)->Start({engine, region, spec.timeout}, [&](Observation observation) {
      seen = std::move(observation);
      loop.Stop();
    });
  });
  loop.Run();
  EXPECT_EQ(Verdict(seen), "fail too_large transfer") << seen.message;
  EXPECT_GE(meter.all_turns() * io::kBytesATurn, seen.http->size);
  EXPECT_GE(meter.calls() + 3, meter.all_turns());
}

TEST(LoopBudget, HoldsForChecks) {
  ExpectBudgetOfCheck(Plain(Endless("", Piece())), 64 * kMiB);
  ExpectBudgetOfCheck(Plain(Endless("Transfer-Encoding: chunked\r\n", Chunks())), 32 * kMiB);
  ExpectBudgetOfCheck(Secure(Endless("", Piece())), 32 * kMiB);
}

TEST(LoopBudget, HoldsForHttp2Checks) {
  ExpectBudgetOfCheck(Secure(EndlessHttp2(), {}, {.alpn = {"h2"}}), 32 * kMiB);
}

// ---- streams ----------------------------------------------------------------------------------

/// Reads 16 MiB from a Stream that is emptied each time it tells of something.
void ExpectBudgetOfStream(std::uint16_t port, const std::shared_ptr<const io::TlsSetup>& tls) {
  io::Loop loop;
  TurnMeter meter(loop);
  support::Fd fd = support::ConnectTo("127.0.0.1", port);
  support::SetNonBlocking(fd.get(), true);
  std::unique_ptr<io::Stream> stream;
  stream = std::make_unique<io::Stream>(loop, io::UniqueFd(fd.Release()), kMiB, [&] {
    meter.Add(stream->input().size());
    stream->input().clear();
    if (meter.total() > 16 * kMiB || stream->end() != io::Stream::End::kOpen) loop.Stop();
  });
  if (tls) stream->Secure(tls, "127.0.0.1");
  loop.Run();
  EXPECT_EQ(stream->end(), io::Stream::End::kOpen) << stream->tls_message();
  // 64 KiB by the socket, and as much by the timer that it sets when it left something.
  EXPECT_LE(meter.most(), 128U * 1024);
  EXPECT_LE(meter.starved(), 1U) << "of " << meter.turns();
}

TEST(LoopBudget, HoldsForStreams) {
  const auto story = [](Connection& c) {
    while (c.Write(Piece())) {
    }
  };
  const TcpServer plain(story);
  ExpectBudgetOfStream(plain.port(), nullptr);
  TlsOptions options;
  options.insecure = true;
  const io::CertifiedKey pair = io::MakeCertificate({.addresses = {"127.0.0.1"}});
  const TlsServer secure({.certificate = pair}, story);
  ExpectBudgetOfStream(secure.port(), *io::TlsSetup::Load(options));
}

}  // namespace
}  // namespace gaikei
