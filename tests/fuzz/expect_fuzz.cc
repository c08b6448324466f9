#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "checks/expect/expect.h"

namespace {

using gaikei::expect::CompileError;
using gaikei::expect::Expression;
using gaikei::expect::JsonNull;
using gaikei::expect::JsonWhole;
using gaikei::expect::Missing;
using gaikei::expect::Source;
using gaikei::expect::Subject;
using gaikei::expect::Value;

/// Answers everything with what the fuzzer chose.
class FuzzSource : public Source {
 public:
  FuzzSource(std::uint8_t choice, std::string_view bytes) : choice_(choice), bytes_(bytes) {}

  Value Get(Subject, std::string_view) const override {
    switch (choice_ % 8) {
      case 0:
        return bytes_;
      case 1:
        return static_cast<double>(bytes_.size()) / 3.0;
      case 2:
        return std::vector<std::string_view>{bytes_.substr(0, bytes_.size() / 2),
                                             bytes_.substr(bytes_.size() / 2)};
      case 3:
        return bytes_.size() % 2 == 0;
      case 4:
        return JsonNull{};
      case 5:
        return JsonWhole{bytes_};
      case 6:
        return std::vector<std::string_view>{};
      default:
        return Missing{std::string(bytes_.substr(0, 8)), bytes_.size() % 2 == 0};
    }
  }
  bool IsCut(Subject) const override { return choice_ >= 128; }

 private:
  std::uint8_t choice_;
  std::string_view bytes_;
};

void CheckError(const CompileError& error, std::string_view text) {
  if (error.column > text.size() || error.message.empty()) __builtin_trap();
  for (const char c : error.message) {
    if (static_cast<unsigned char>(c) < 0x20) __builtin_trap();
  }
}

}  // namespace

/// The first line is an expression of any kind of check, the byte behind it chooses the type of the
/// value, and the rest is what it looks into. An error has a column inside the text and one line of
/// words; what could not be evaluated does not hold.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view text = input.substr(0, input.find('\n'));
  std::string_view rest = input.substr(text.size());
  if (!rest.empty()) rest.remove_prefix(1);
  const auto choice = rest.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(rest.front());
  if (!rest.empty()) rest.remove_prefix(1);

  for (const std::string_view kind : {"http", "tls", "dns", "tcp", "icmp"}) {
    const auto compiled = Expression::Compile(text, kind);
    if (!compiled) {
      CheckError(compiled.error(), text);
      continue;
    }
    const gaikei::ExpectResult result = compiled->Evaluate(FuzzSource(choice, rest));
    if (result.expression != text || (result.pass && !result.error.empty())) __builtin_trap();
  }
  return 0;
}
