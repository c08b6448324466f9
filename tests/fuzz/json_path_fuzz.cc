#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "checks/expect/json_path_syntax.h"
#include "checks/parts/json_path.h"

/// The first line is a path, the rest a body. Every path that the language accepts is one that can
/// be followed, to a value or to nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view path = input.substr(0, input.find('\n'));
  const std::string_view body = input.substr(path.size());
  const gaikei::JsonDocument document(body);
  const auto many = document.FindAll(path);
  if (many.values.size() > 10'000 || (many.values.empty() && many.none.why.empty()))
    __builtin_trap();
  const auto found = document.Find(path);
  const auto* none = std::get_if<gaikei::JsonDocument::None>(&found);
  if (none == nullptr) return 0;
  if (none->why.empty()) __builtin_trap();
  const auto error = gaikei::expect::FindJsonPathError(path);
  if (error ? error->column > path.size() : none->why == "malformed JSON path") __builtin_trap();
  return 0;
}
