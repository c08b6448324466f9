#include "checks/io/http/body_decoder.h"

#include <zlib.h>

#include <array>
#include <utility>

#include "checks/io/http/response_head.h"
#include "results/text.h"

namespace gaikei::io {
namespace {

constexpr std::size_t kPiece = 16384;  ///< decoded bytes that are handed on at once

enum class Format : std::uint8_t { kNone, kGzip, kDeflate, kUnknown };

Format FormatOf(std::string_view coding) {
  if (EqualsIgnoringCase(coding, "gzip") || EqualsIgnoringCase(coding, "x-gzip")) {
    return Format::kGzip;
  }
  if (EqualsIgnoringCase(coding, "deflate")) return Format::kDeflate;
  return EqualsIgnoringCase(coding, "identity") ? Format::kNone : Format::kUnknown;
}

/// RFC 1950, 2.2. Some servers send what is inside without it.
bool IsZlibHeader(unsigned char first, unsigned char second) {
  return (first & 0x0fU) == Z_DEFLATED && (first * 256U + second) % 31 == 0;
}

}  // namespace

/// One encoding.
class BodyDecoder::Layer {
 public:
  explicit Layer(Format format) : format_(format) {}
  ~Layer() {
    if (is_begun_) inflateEnd(&stream_);
  }
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  /// The bytes that have to be looked at together before anything can be decoded.
  bool Begin(std::string& bytes) {
    if (is_begun_) return true;
    head_ += bytes;
    int window = MAX_WBITS + 16;
    if (format_ == Format::kDeflate) {
      if (head_.size() < 2) {
        bytes.clear();
        return true;
      }
      const bool has_header =
          IsZlibHeader(static_cast<unsigned char>(head_[0]), static_cast<unsigned char>(head_[1]));
      window = has_header ? MAX_WBITS : -MAX_WBITS;
    }
    bytes = std::exchange(head_, {});
    is_begun_ = inflateInit2(&stream_, window) == Z_OK;
    return is_begun_;
  }

  void Offer(std::string& bytes) {
    stream_.next_in = reinterpret_cast<Bytef*>(bytes.data());
    stream_.avail_in = static_cast<uInt>(bytes.size());
  }

  /// The next piece of what was offered; empty when there is no more. False: it is broken.
  bool Take(std::array<char, kPiece>& piece, std::string_view& decoded) {
    decoded = {};
    if (is_over_) return stream_.avail_in == 0;
    stream_.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream_.avail_out = static_cast<uInt>(piece.size());
    const int result = inflate(&stream_, Z_NO_FLUSH);
    decoded = {piece.data(), piece.size() - stream_.avail_out};
    is_over_ = result == Z_STREAM_END;
    return is_over_ || result == Z_OK || result == Z_BUF_ERROR;
  }

  std::string Why() const {
    if (is_over_) return "something behind its end";
    return stream_.msg != nullptr ? Escape(stream_.msg) : "does not decode";
  }
  void Note(bool has_bytes) { is_empty_ = is_empty_ && !has_bytes; }
  bool IsWhole() const { return is_over_ || is_empty_; }
  bool is_begun() const { return is_begun_; }

 private:
  const Format format_;
  z_stream stream_{};
  std::string head_;
  bool is_begun_ = false;
  bool is_over_ = false;
  bool is_empty_ = true;
};

BodyDecoder::BodyDecoder() = default;
BodyDecoder::~BodyDecoder() = default;
BodyDecoder::BodyDecoder(BodyDecoder&&) noexcept = default;
BodyDecoder& BodyDecoder::operator=(BodyDecoder&&) noexcept = default;

bool BodyDecoder::Knows(std::string_view asked) {
  bool has_any = false;
  while (!asked.empty()) {
    const std::size_t end = std::min(asked.find_first_of(", "), asked.size());
    const std::string_view coding = asked.substr(0, end);
    asked.remove_prefix(std::min(end + 1, asked.size()));
    if (coding.empty()) continue;
    if (FormatOf(coding) == Format::kUnknown) return false;
    has_any = true;
  }
  return has_any;
}

BodyDecoder::State BodyDecoder::Begin(const std::vector<std::string>& codings) {
  layers_.clear();
  message_.clear();
  for (auto coding = codings.rbegin(); coding != codings.rend(); ++coding) {
    const Format format = FormatOf(*coding);
    if (format == Format::kUnknown) {
      return Break(Escape(*coding, 40) + ", which was not asked for");
    }
    if (format != Format::kNone) layers_.push_back(std::make_unique<Layer>(format));
  }
  return State::kGood;
}

BodyDecoder::State BodyDecoder::Feed(std::string_view bytes, const Sink& sink) {
  return Feed(0, bytes, sink);
}

BodyDecoder::State BodyDecoder::Feed(std::size_t layer, std::string_view bytes, const Sink& sink) {
  if (bytes.empty()) return State::kGood;
  if (layer == layers_.size()) return sink(bytes) ? State::kGood : State::kStopped;
  Layer& now = *layers_[layer];
  now.Note(true);
  std::string input(bytes);
  if (!now.Begin(input)) return Break("no memory for it");
  if (!now.is_begun()) return State::kGood;
  now.Offer(input);
  std::array<char, kPiece> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  std::string_view decoded;
  do {
    if (!now.Take(piece, decoded)) return Break(now.Why());
    const State state = Feed(layer + 1, decoded, sink);
    if (state != State::kGood) return state;
  } while (!decoded.empty());
  return State::kGood;
}

BodyDecoder::State BodyDecoder::End() {
  for (const auto& layer : layers_) {
    if (!layer->IsWhole()) return Break("it ends too early");
  }
  return State::kGood;
}

BodyDecoder::State BodyDecoder::Break(std::string message) {
  message_ = std::move(message);
  return State::kBroken;
}

}  // namespace gaikei::io
