#include "results/http_date.h"

#include <array>
#include <chrono>

namespace gaikei {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
/// From Sunday, as std::chrono counts.
constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

/// Takes a text apart from its beginning; after something that is not there nothing is any more.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool is_at_end() const { return is_sound_ && rest_.empty(); }

  void Literal(std::string_view text) {
    is_sound_ = is_sound_ && rest_.starts_with(text);
    if (is_sound_) rest_.remove_prefix(text.size());
  }

  /// Exactly so many digits; the first may be a blank where `may_be_blank`.
  int Digits(std::size_t count, bool may_be_blank = false) {
    is_sound_ = is_sound_ && rest_.size() >= count;
    if (!is_sound_) return 0;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const char c = rest_[i];
      if (i == 0 && may_be_blank && c == ' ') continue;
      if (c < '0' || c > '9') {
        is_sound_ = false;
        return 0;
      }
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }

  /// Index of the name that stands here, its first `length` letters.
  template <std::size_t kCount>
  unsigned Name(const std::array<std::string_view, kCount>& names, std::size_t length) {
    for (unsigned i = 0; is_sound_ && i < kCount; ++i) {
      const std::string_view name = names[i].substr(0, length);
      if (!rest_.starts_with(name)) continue;
      rest_.remove_prefix(name.size());
      return i;
    }
    is_sound_ = false;
    return 0;
  }

 private:
  std::string_view rest_;
  bool is_sound_ = true;
};

struct Fields {
  unsigned weekday = 0;  ///< from Sunday
  int day = 0;
  unsigned month = 0;  ///< from 1
  int year = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

void ReadTime(Scanner& scanner, Fields& fields) {
  fields.hour = scanner.Digits(2);
  scanner.Literal(":");
  fields.minute = scanner.Digits(2);
  scanner.Literal(":");
  fields.second = scanner.Digits(2);
}

std::optional<Fields> ReadImfFixdate(std::string_view text) {
  Scanner scanner(text);
  Fields fields;
  fields.weekday = scanner.Name(kDays, 3);
  scanner.Literal(", ");
  fields.day = scanner.Digits(2);
  scanner.Literal(" ");
  fields.month = scanner.Name(kMonths, 3) + 1;
  scanner.Literal(" ");
  fields.year = scanner.Digits(4);
  scanner.Literal(" ");
  ReadTime(scanner, fields);
  scanner.Literal(" GMT");
  return scanner.is_at_end() ? std::optional(fields) : std::nullopt;
}

std::optional<Fields> ReadRfc850(std::string_view text, WallTime now) {
  Scanner scanner(text);
  Fields fields;
  fields.weekday = scanner.Name(kDays, std::string_view::npos);
  scanner.Literal(", ");
  fields.day = scanner.Digits(2);
  scanner.Literal("-");
  fields.month = scanner.Name(kMonths, 3) + 1;
  scanner.Literal("-");
  const int short_year = scanner.Digits(2);
  scanner.Literal(" ");
  ReadTime(scanner, fields);
  scanner.Literal(" GMT");
  if (!scanner.is_at_end()) return std::nullopt;
  const year_month_day today(std::chrono::floor<std::chrono::days>(now));
  const int this_year = static_cast<int>(today.year());
  fields.year = this_year - this_year % 100 + short_year;
  if (fields.year > this_year + 50) fields.year -= 100;
  return fields;
}

std::optional<Fields> ReadAsctime(std::string_view text) {
  Scanner scanner(text);
  Fields fields;
  fields.weekday = scanner.Name(kDays, 3);
  scanner.Literal(" ");
  fields.month = scanner.Name(kMonths, 3) + 1;
  scanner.Literal(" ");
  fields.day = scanner.Digits(2, true);
  scanner.Literal(" ");
  ReadTime(scanner, fields);
  scanner.Literal(" ");
  fields.year = scanner.Digits(4);
  return scanner.is_at_end() ? std::optional(fields) : std::nullopt;
}

std::optional<WallTime> ToTime(const Fields& fields) {
  const year_month_day date(year(fields.year), month(fields.month),
                            day(static_cast<unsigned>(fields.day)));
  // Beyond these a WallTime does not reach.
  if (!date.ok() || fields.year < 1700 || fields.year > 2250) return std::nullopt;
  if (fields.hour > 23 || fields.minute > 59 || fields.second > 60) return std::nullopt;
  const std::chrono::sys_days days(date);
  if (std::chrono::weekday(days).c_encoding() != fields.weekday) return std::nullopt;
  const int second = fields.second == 60 ? 59 : fields.second;
  return WallTime(days) + std::chrono::hours(fields.hour) + std::chrono::minutes(fields.minute) +
         std::chrono::seconds(second);
}

}  // namespace

std::optional<WallTime> ParseHttpDate(std::string_view text, WallTime now) {
  auto fields = ReadImfFixdate(text);
  if (!fields) fields = ReadRfc850(text, now);
  if (!fields) fields = ReadAsctime(text);
  return fields ? ToTime(*fields) : std::nullopt;
}

}  // namespace gaikei
