#include "results/upstream/otlp/answer_messages.h"

#include <algorithm>
#include <charconv>
#include <protozero/exception.hpp>
#include <protozero/pbf_message.hpp>

#include "results/json.h"

namespace gaikei::otlp {
namespace {

using protozero::pbf_message;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

enum class ResponseTag : protozero::pbf_tag_type { kPartialSuccess = 1 };
enum class PartialTag : protozero::pbf_tag_type { kRejected = 1, kMessage = 2 };
enum class StatusTag : protozero::pbf_tag_type { kMessage = 2, kDetails = 3 };
enum class AnyTag : protozero::pbf_tag_type { kTypeUrl = 1, kValue = 2 };
enum class RetryInfoTag : protozero::pbf_tag_type { kRetryDelay = 1 };
enum class DurationTag : protozero::pbf_tag_type { kSeconds = 1, kNanos = 2 };

/// Runs a reader that throws on what is no protobuf.
template <class Message, class Read>
std::optional<Message> Parse(std::string_view bytes, Read read) {
  try {
    Message message;
    read(protozero::data_view(bytes.data(), bytes.size()), message);
    return message;
  } catch (const protozero::exception&) {
    return std::nullopt;
  }
}

void ReadPartial(protozero::data_view bytes, ExportResponse& response) {
  pbf_message<PartialTag> in(bytes);
  while (in.next()) {
    switch (in.tag_and_type()) {
      case tag_and_type(PartialTag::kRejected, pbf_wire_type::varint):
        response.rejected = static_cast<std::uint64_t>(std::max<std::int64_t>(0, in.get_int64()));
        break;
      case tag_and_type(PartialTag::kMessage, pbf_wire_type::length_delimited):
        response.message = in.get_string();
        break;
      default:
        in.skip();
    }
  }
}

/// Absurd values become the nearest sensible ones.
Span ReadDuration(protozero::data_view bytes) {
  constexpr std::int64_t kMostSeconds = 1'000'000;
  constexpr std::int32_t kMostNanos = 999'999'999;
  Span span{0};
  pbf_message<DurationTag> in(bytes);
  while (in.next()) {
    switch (in.tag_and_type()) {
      case tag_and_type(DurationTag::kSeconds, pbf_wire_type::varint):
        span += std::chrono::seconds(
            std::clamp(in.get_int64(), std::int64_t{-kMostSeconds}, std::int64_t{kMostSeconds}));
        break;
      case tag_and_type(DurationTag::kNanos, pbf_wire_type::varint):
        span += Span(std::clamp(in.get_int32(), -kMostNanos, kMostNanos));
        break;
      default:
        in.skip();
    }
  }
  return std::max(span, Span(0));
}

void ReadDetail(protozero::data_view bytes, RpcStatus& status) {
  constexpr std::string_view kRetryInfo = "/google.rpc.RetryInfo";
  std::string_view type;
  protozero::data_view value;
  pbf_message<AnyTag> in(bytes);
  while (in.next()) {
    switch (in.tag_and_type()) {
      case tag_and_type(AnyTag::kTypeUrl, pbf_wire_type::length_delimited): {
        const auto view = in.get_view();
        type = {view.data(), view.size()};
        break;
      }
      case tag_and_type(AnyTag::kValue, pbf_wire_type::length_delimited):
        value = in.get_view();
        break;
      default:
        in.skip();
    }
  }
  if (!type.ends_with(kRetryInfo)) return;
  status.retry_delay = Span(0);
  pbf_message<RetryInfoTag> info(value);
  while (info.next(RetryInfoTag::kRetryDelay, pbf_wire_type::length_delimited)) {
    status.retry_delay = ReadDuration(info.get_view());
  }
}

std::optional<std::uint64_t> CountOf(const Json& number) {
  // A 64-bit integer is a text in protobuf's JSON; servers write numbers too.
  if (number.is_number_unsigned()) return number.get<std::uint64_t>();
  if (number.is_number()) return 0;
  if (!number.is_string()) return std::nullopt;
  const auto& text = number.get_ref<const std::string&>();
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return count;
}

/// Null where there is no such member.
const Json* Member(const Json& object, std::string_view name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

/// Absent for what is no object; nesting is bounded, so that no text can exhaust the stack.
std::optional<Json> ParseObject(std::string_view text) {
  constexpr int kDepth = 32;
  const auto shallow = [](int depth, Json::parse_event_t, const Json&) { return depth <= kDepth; };
  Json json = ParseJson(text, shallow);
  if (!json.is_object()) return std::nullopt;
  return json;
}

int Base64Value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

}  // namespace

std::optional<ExportResponse> ReadExportResponse(std::string_view bytes) {
  return Parse<ExportResponse>(bytes, [](protozero::data_view view, ExportResponse& response) {
    pbf_message<ResponseTag> in(view);
    while (in.next()) {
      if (in.tag_and_type() ==
          tag_and_type(ResponseTag::kPartialSuccess, pbf_wire_type::length_delimited)) {
        ReadPartial(in.get_view(), response);
      } else {
        in.skip();
      }
    }
  });
}

std::optional<ExportResponse> ReadExportResponseJson(std::string_view text,
                                                     std::string_view rejected) {
  const auto json = ParseObject(text);
  if (!json) return std::nullopt;
  ExportResponse response;
  const Json* partial = Member(*json, "partialSuccess");
  if (partial == nullptr) return response;
  if (!partial->is_object()) return std::nullopt;
  if (const Json* number = Member(*partial, rejected)) {
    const auto count = CountOf(*number);
    if (!count) return std::nullopt;
    response.rejected = *count;
  }
  if (const Json* message = Member(*partial, "errorMessage")) {
    if (!message->is_string()) return std::nullopt;
    response.message = message->get<std::string>();
  }
  return response;
}

std::optional<RpcStatus> ReadRpcStatus(std::string_view bytes) {
  return Parse<RpcStatus>(bytes, [](protozero::data_view view, RpcStatus& status) {
    pbf_message<StatusTag> in(view);
    while (in.next()) {
      switch (in.tag_and_type()) {
        case tag_and_type(StatusTag::kMessage, pbf_wire_type::length_delimited):
          status.message = in.get_string();
          break;
        case tag_and_type(StatusTag::kDetails, pbf_wire_type::length_delimited):
          ReadDetail(in.get_view(), status);
          break;
        default:
          in.skip();
      }
    }
  });
}

std::optional<std::string> ReadRpcStatusJson(std::string_view text) {
  const auto json = ParseObject(text);
  const Json* message = json ? Member(*json, "message") : nullptr;
  if (message == nullptr || !message->is_string()) return std::nullopt;
  return message->get<std::string>();
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  unsigned bits = 0;
  int held = 0;
  for (const char c : text) {
    const int value = Base64Value(c);
    if (value < 0) return std::nullopt;
    bits = (bits << 6U | static_cast<unsigned>(value)) & 0xFFFFU;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>((bits >> held) & 0xFFU);
  }
  return bytes;
}

}  // namespace gaikei::otlp
