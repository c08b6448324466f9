#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "results/text.h"
#include "results/upstream/jsonl_file.h"
#include "results/upstream/jsonl_lines.h"
#include "results/upstream/jsonl_stream.h"
#include "results/upstream/sinks.h"

namespace gaikei {
namespace {

/// What a pipe has room for: more would only wait for its reader.
constexpr std::size_t kStreamBytes = std::size_t{64} << 10U;

/// Until a stream without room is tried again.
constexpr std::chrono::milliseconds kStreamPause{500};

/// Only somebody who changes something can mend it.
bool IsForbidden(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
    case EISDIR:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case EPIPE:  // the reader of standard output has gone
    case EBADF:  // there is no standard output
      return true;
    default:
      return false;
  }
}

/// Lines of JSON, appended to a file or written to standard output. Everything happens inside
/// Send(), which waits for room in a pipe a quarter of a second at most.
class JsonlSink final : public Sink {
 public:
  explicit JsonlSink(JsonlSpec spec)
      : spec_(std::move(spec)), is_standard_output_(spec_.path == "-"), file_(spec_) {}

  std::size_t Prepare(std::span<const SpoolItem* const> items, const Limits& limits) override;
  void Send(Done done) override;
  void Cancel() override {}
  std::vector<LaneState> Settle() override;
  void Discard() override { Settle(); }

 private:
  Verdict Trouble(int error) const;
  /// Whoever reads next has not seen how the line began.
  void BeginLineAnew();

  const JsonlSpec spec_;
  const bool is_standard_output_;
  JsonlFile file_;    ///< unused for standard output
  std::string text_;  ///< lines of the delivery, behind `begun_`
  std::size_t taken_ = 0;
  /// Rest of a line whose beginning a stream has: it goes first, whatever comes then.
  std::string begun_;
};

std::size_t JsonlSink::Prepare(std::span<const SpoolItem* const> items, const Limits& limits) {
  const std::size_t limit =
      is_standard_output_ ? std::min(limits.bytes, kStreamBytes) : limits.bytes;
  text_ = begun_;
  taken_ = 0;
  std::size_t covered = 0;
  for (const SpoolItem* item : items.first(std::min(items.size(), limits.items))) {
    text_ += JsonlLine(*item);
    ++covered;
    if (text_.size() >= limit) break;
  }
  return covered;
}

void JsonlSink::Send(Done done) {
  const std::string_view rest = std::string_view(text_).substr(taken_);
  const Appended appended = is_standard_output_ ? JsonlStream(STDOUT_FILENO).Append(rest)
                            : rest.empty()      ? Appended{}
                                                : file_.Append(rest);
  taken_ += appended.bytes;
  if (appended.error == EPIPE) BeginLineAnew();
  if (appended.error != 0) return done(Trouble(appended.error));
  done({.message = is_standard_output_ ? "" : file_.rotation_trouble()});
}

void JsonlSink::BeginLineAnew() {
  const auto feed = taken_ == 0 ? std::string::npos : text_.rfind('\n', taken_ - 1);
  taken_ = std::max(feed == std::string::npos ? 0 : feed + 1, begun_.size());
}

Verdict JsonlSink::Trouble(int error) const {
  const std::string name = is_standard_output_ ? "standard output" : Escape(spec_.path, 300);
  Verdict verdict{.kind = IsForbidden(error) ? Verdict::Kind::kForbidden : Verdict::Kind::kRetry};
  if (error == EAGAIN) {
    verdict.retry_after = kStreamPause;
    verdict.message = name + ": whoever reads it does not";
  } else {
    verdict.message = fmt::format("{}: {}", name, std::generic_category().message(error));
  }
  return verdict;
}

std::vector<LaneState> JsonlSink::Settle() {
  const bool is_in_line = taken_ == 0 ? !begun_.empty() : text_[taken_ - 1] != '\n';
  begun_ = is_in_line ? text_.substr(taken_, text_.find('\n', taken_) + 1 - taken_) : "";
  text_.clear();
  taken_ = 0;
  return {};
}

}  // namespace

std::unique_ptr<Sink> MakeJsonlSink(const UpstreamSpec& spec) {
  return std::make_unique<JsonlSink>(spec.jsonl);
}

}  // namespace gaikei
