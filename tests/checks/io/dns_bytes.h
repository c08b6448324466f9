#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "checks/io/dns/dns_query.h"

/// DNS messages written byte by byte, right ones and wrong ones.
namespace gaikei::io {

inline std::string U16(unsigned value) {
  return {static_cast<char>(value >> 8U & 0xFFU), static_cast<char>(value & 0xFFU)};
}
inline std::string U32(std::uint32_t value) { return U16(value >> 16U) + U16(value & 0xFFFFU); }

/// "www.example." or "www.example" as labels, without escapes and without a check of any length.
inline std::string WireName(std::string_view text) {
  std::string wire;
  while (!text.empty()) {
    const std::string_view label = text.substr(0, text.find('.'));
    wire += static_cast<char>(label.size());
    wire += label;
    text.remove_prefix(std::min(label.size() + 1, text.size()));
  }
  wire += '\0';
  return wire;
}

/// A compression pointer.
inline std::string Pointer(unsigned target) { return U16(0xC000U | target); }
/// To the name of the question.
inline std::string QuestionName() { return Pointer(12); }

/// One record; `owner` and `data` as on the wire. `size` below zero: the data's own.
inline std::string WireRecord(const std::string& owner, unsigned type, std::uint32_t ttl,
                              const std::string& data, int size = -1, unsigned klass = 1) {
  return owner + U16(type) + U16(klass) + U32(ttl) +
         U16(size < 0 ? static_cast<unsigned>(data.size()) : static_cast<unsigned>(size)) + data;
}

inline std::string WireOpt(const std::string& options, std::uint32_t ttl = 0) {
  return WireRecord(std::string(1, '\0'), 41, ttl, options, -1, 1232);
}
inline std::string WireOption(unsigned code, const std::string& value) {
  return U16(code) + U16(static_cast<unsigned>(value.size())) + value;
}

/// What follows the question of an answer.
struct WireAnswer {
  unsigned flags = 0x8180;  ///< QR, RD, RA, NOERROR
  unsigned answers = 0;
  unsigned authorities = 0;
  unsigned additionals = 0;
  std::string records = {};
};

/// An answer to the question, its question copied.
inline std::string AnswerTo(const std::string& query, const WireAnswer& answer) {
  std::size_t end = 12;
  while (end < query.size() && query[end] != '\0') {
    end += static_cast<unsigned char>(query[end]) + 1U;
  }
  end += 5;
  return query.substr(0, 2) + U16(answer.flags) + U16(1) + U16(answer.answers) +
         U16(answer.authorities) + U16(answer.additionals) + query.substr(12, end - 12) +
         answer.records;
}

inline std::span<const std::uint8_t> Span8(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

}  // namespace gaikei::io
