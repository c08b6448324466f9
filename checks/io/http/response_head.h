#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "results/reason.h"

namespace gaikei::io {

inline constexpr std::size_t kHeaderBytesLimit =
    64 * 1024;                                         ///< one answer, 1xx and trailers included
inline constexpr std::size_t kHeaderLinesLimit = 200;  ///< likewise

/// Something an answer must not be.
struct HeadFault {
  Reason reason = Reason::kProtocolError;
  std::string message;  ///< escaped
};

/// The head of one HTTP answer, line by line as libcurl hands it over, with the checks that libcurl
/// does not make (it takes two lengths, two locations and coding lists in any order). A value type,
/// no socket, no clock.
class ResponseHead {
 public:
  /// `decodes`: an encoding was asked for, so that Content-Encoding will be undone here.
  explicit ResponseHead(bool decodes) : decodes_(decodes) {}
  ResponseHead() : ResponseHead(false) {}
  /// Another protocol was asked for: 101 is a final answer.
  void ExpectUpgrade() { expects_upgrade_ = true; }

  /// One line with its line end. Absent when all is well so far.
  std::optional<HeadFault> AddLine(std::string_view line);

  int status() const { return status_; }                   ///< of the last status line; 0: none yet
  const std::string& version() const { return version_; }  ///< "1.1", "2" ...; empty: none yet
  bool is_complete() const { return is_complete_; }        ///< the final answer's head was read
  bool saw_informational() const { return saw_informational_; }
  std::size_t bytes() const { return bytes_; }  ///< of all lines so far
  /// Fields of the final answer as sent, names as sent, values trimmed, in order.
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }
  /// Fields that came behind the body (RFC 9110, 6.5), likewise; those that are none are left out.
  const std::vector<std::pair<std::string, std::string>>& trailers() const { return trailers_; }
  std::optional<std::uint64_t> content_length() const { return content_length_; }
  /// The redirect target; empty where there is none or it is blank.
  const std::string& location() const { return location_; }
  bool has_two_locations() const { return has_two_locations_; }
  /// Content-Encoding, in the order in which they were applied (RFC 9110, 8.4).
  std::vector<std::string> content_codings() const;
  /// The end of the connection is the end of the body (RFC 9112, 6.3), where there is one.
  bool ends_by_close() const;
  /// Whether nothing can follow behind so many bytes of the body, as far as the fields tell.
  bool has_ended(std::uint64_t body_bytes) const;
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  std::optional<HeadFault> AddStatusLine(std::string_view line);
  std::optional<HeadFault> AddField(std::string_view line);
  void AddTrailer(std::string_view line);
  std::optional<HeadFault> Complete();
  std::optional<HeadFault> CheckLength();
  std::optional<HeadFault> CheckCodings();
  void FindLocation();
  void Note(std::string note);
  /// Every value of a field, list elements taken apart and trimmed.
  std::vector<std::string> Elements(std::string_view name) const;

  bool decodes_;
  bool expects_upgrade_ = false;
  bool is_in_head_ = false;
  bool is_complete_ = false;
  bool saw_informational_ = false;
  bool has_two_locations_ = false;
  int status_ = 0;
  std::string version_;
  std::size_t bytes_ = 0;
  std::size_t lines_ = 0;
  std::vector<std::pair<std::string, std::string>> fields_;
  std::vector<std::pair<std::string, std::string>> trailers_;
  std::optional<std::uint64_t> content_length_;
  std::string location_;
  std::vector<std::string> notes_;
};

/// ASCII, no locale.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

}  // namespace gaikei::io
