#include "checks/websocket/frame.h"

#include <fmt/format.h>

#include <algorithm>

namespace gaikei {
namespace {

constexpr std::uint8_t kFinal = 0x80;
constexpr std::uint8_t kReserved = 0x70;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::uint8_t kSize16 = 126;  ///< the size stands in the two bytes that follow
constexpr std::uint8_t kSize64 = 127;  ///< in the eight that follow

std::uint8_t ByteAt(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

bool IsControl(WebSocketOpcode opcode) { return opcode >= WebSocketOpcode::kClose; }

std::uint64_t Number(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) value = value << 8 | ByteAt(bytes, i);
  return value;
}

void AppendNumber(std::uint64_t value, unsigned bytes, std::string& out) {
  for (unsigned shift = bytes * 8; shift > 0; shift -= 8) {
    out += static_cast<char>((value >> (shift - 8)) & 0xff);
  }
}

/// RFC 6455, 7.4.1 and 7.4.2, with what is registered since: codes that may stand in a frame.
bool IsCloseCode(unsigned code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

}  // namespace

WebSocketReader::Next WebSocketReader::Read(std::string& input) {
  std::size_t taken = 0;
  Next next = Next::kMore;
  while (next == Next::kMore) {
    const std::string_view rest = std::string_view(input).substr(taken);
    if (!head_) {
      next = ReadHead(rest);
      if (next != Next::kMessage) break;
      taken += head_->length;
      next = Next::kMore;
    } else {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, rest.size()));
      (IsControl(head_->opcode) ? control_ : data_).append(rest.substr(0, size));
      taken += size;
      left_ -= size;
      if (left_ > 0) break;
      next = EndFrame();
    }
  }
  input.erase(0, taken);
  return next;
}

std::string WebSocketReader::WhyBadHead(std::uint8_t first, std::uint8_t second) const {
  const auto opcode = static_cast<WebSocketOpcode>(first & 0x0f);
  if ((first & kReserved) != 0) return "a frame with a reserved bit set";
  switch (opcode) {
    case WebSocketOpcode::kContinuation:
      if (!data_opcode_) return "a continuation of a message that has not begun";
      break;
    case WebSocketOpcode::kText:
    case WebSocketOpcode::kBinary:
      if (data_opcode_) return "a message that begins before the last one has ended";
      break;
    case WebSocketOpcode::kClose:
    case WebSocketOpcode::kPing:
    case WebSocketOpcode::kPong:
      if ((first & kFinal) == 0) return "a control frame in pieces";
      if (static_cast<std::size_t>(second & 0x7f) > kControlLimit)
        return "a control frame of more than 125 bytes";
      break;
    default:
      return fmt::format("a frame with the unknown opcode {}", first & 0x0f);
  }
  if ((second & kMasked) != 0) return "a masked frame, which only a client sends";
  return {};
}

WebSocketReader::Next WebSocketReader::ReadHead(std::string_view input) {
  if (input.size() < 2) return Next::kMore;
  const std::uint8_t first = ByteAt(input, 0);
  const std::uint8_t second = ByteAt(input, 1);
  if (std::string why = WhyBadHead(first, second); !why.empty()) return Fail(std::move(why));
  Head head{.is_final = (first & kFinal) != 0,
            .opcode = static_cast<WebSocketOpcode>(first & 0x0f),
            .size = second,
            .length = 2};
  if (second >= kSize16) {
    const std::size_t width = second == kSize16 ? 2 : 8;
    if (input.size() < 2 + width) return Next::kMore;
    head.size = Number(input.substr(2, width));
    head.length += width;
    // RFC 6455, 5.2: the fewest bytes that can hold it, and the highest bit of all never set.
    if (head.size < (width == 2 ? 126U : 65536U)) {
      return Fail("a frame whose length is written longer than it has to be");
    }
    if ((head.size >> 63) != 0) return Fail("a frame whose length has its highest bit set");
  }
  if (!IsControl(head.opcode) && head.size > kMessageLimit - data_.size()) {
    return Fail(fmt::format("a message of more than {} bytes", kMessageLimit), Reason::kTooLarge,
                kCloseTooBig);
  }
  if (!IsControl(head.opcode) && head.opcode != WebSocketOpcode::kContinuation) {
    data_opcode_ = head.opcode;
  }
  left_ = head.size;
  head_ = head;
  return Next::kMessage;
}

WebSocketReader::Next WebSocketReader::EndFrame() {
  const Head head = *head_;
  head_.reset();
  if (IsControl(head.opcode)) {
    message_ = {head.opcode, std::move(control_), std::nullopt};
    control_.clear();
    return EndControl();
  }
  if (!head.is_final) return Next::kMore;
  message_ = {*data_opcode_, std::move(data_), std::nullopt};
  data_.clear();
  data_opcode_.reset();
  if (message_.opcode == WebSocketOpcode::kText && !IsUtf8(message_.payload)) {
    return Fail("a text message that is not UTF-8", Reason::kProtocolError, kCloseBadData);
  }
  return Next::kMessage;
}

WebSocketReader::Next WebSocketReader::EndControl() {
  if (message_.opcode != WebSocketOpcode::kClose || message_.payload.empty()) {
    return Next::kMessage;
  }
  if (message_.payload.size() < 2) return Fail("a close frame with half a code");
  const auto code = static_cast<unsigned>(Number(std::string_view(message_.payload).substr(0, 2)));
  message_.payload.erase(0, 2);
  if (!IsCloseCode(code)) return Fail(fmt::format("a close frame with the code {}", code));
  message_.close_code = code;
  if (!IsUtf8(message_.payload)) {
    return Fail("a close frame whose reason is not UTF-8", Reason::kProtocolError, kCloseBadData);
  }
  return Next::kMessage;
}

WebSocketReader::Next WebSocketReader::Fail(std::string message, Reason reason,
                                            unsigned close_code) {
  fault_ = {reason, std::move(message), close_code};
  return Next::kFault;
}

std::string ClientFrame(WebSocketOpcode opcode, std::string_view payload,
                        const std::array<std::uint8_t, 4>& mask) {
  std::string frame(1, static_cast<char>(kFinal | static_cast<std::uint8_t>(opcode)));
  if (payload.size() < kSize16) {
    frame += static_cast<char>(kMasked | payload.size());
  } else if (payload.size() < 65536) {
    frame += static_cast<char>(kMasked | kSize16);
    AppendNumber(payload.size(), 2, frame);
  } else {
    frame += static_cast<char>(kMasked | kSize64);
    AppendNumber(payload.size(), 8, frame);
  }
  for (const std::uint8_t byte : mask) frame += static_cast<char>(byte);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame += static_cast<char>(ByteAt(payload, i) ^ mask[i % mask.size()]);
  }
  return frame;
}

std::string ClosePayload(unsigned code) {
  std::string payload;
  AppendNumber(code, 2, payload);
  return payload;
}

bool IsUtf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::uint8_t lead = ByteAt(text, i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() - i < size) return false;
    // What the first continuation may be keeps overlong forms, surrogates and the rest out.
    const std::uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const std::uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    const std::uint8_t next = ByteAt(text, i + 1);
    if (next < low || next > high) return false;
    for (std::size_t k = 2; k < size; ++k) {
      if ((ByteAt(text, i + k) & 0xc0) != 0x80) return false;
    }
    i += size;
  }
  return true;
}

}  // namespace gaikei
