#include "probe/config/multipart.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "probe/config/secrets.h"

namespace gaikei {
namespace {

struct Part {
  std::string head;  ///< field lines with their line ends
  Secret content;
};

/// A name inside quotes, as browsers write it (WHATWG HTML, 4.10.21.8).
std::string QuotedName(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    switch (c) {
      case '"':
        text += "%22";
        break;
      case '\r':
        text += "%0D";
        break;
      case '\n':
        text += "%0A";
        break;
      default:
        text += c;
    }
  }
  return text + "\"";
}

std::string BaseName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// The content of a part into `part`, and the type that it has where none is given.
std::string ReadFilePart(const Node& table, const std::string& path, Part& part,
                         ErrorList& errors) {
  auto bytes = ReadBodyFile(path);
  if (!bytes) {
    errors.Add(table.Find("file")->position,
               fmt::format("file {} {}", Quoted(path), bytes.error()));
    return {};
  }
  part.content = Secret(std::move(*bytes), false);
  return "application/octet-stream";
}

Part ReadPart(const Node& table, ErrorList& errors) {
  Part part;
  TableReader reader(table, errors);
  const auto name = reader.String("name");
  const Node* value = reader.Take("value");
  const auto file = reader.Line("file");
  auto filename = reader.Line("filename");
  const auto type = reader.Line("type");
  reader.Done();
  if (table.Find("name") == nullptr) errors.Add(table.position, "a part has no name");
  const Node* const file_node = table.Find("file");
  if ((value == nullptr) == (file_node == nullptr)) {
    errors.Add(table.position, "a part has a value or a file, and one of them");
    return part;
  }
  if (value != nullptr && table.Find("filename") != nullptr) {
    errors.Add(table.Find("filename")->key_position, "filename without file");
  }
  std::string sent_type;
  if (value != nullptr) {
    if (auto text = TextOrSecret(*value, errors)) part.content = std::move(*text);
  } else if (file) {
    sent_type = ReadFilePart(table, *file, part, errors);
    if (!filename) filename = BaseName(*file);
  }
  if (type) sent_type = *type;
  part.head = "Content-Disposition: form-data; name=" + QuotedName(name.value_or(""));
  if (filename) part.head += "; filename=" + QuotedName(*filename);
  part.head += "\r\n";
  if (!sent_type.empty()) part.head += "Content-Type: " + sent_type + "\r\n";
  return part;
}

/// The first of a row that stands in no part.
std::string Boundary(const std::vector<Part>& parts) {
  for (unsigned number = 0;; ++number) {
    std::string boundary = fmt::format("gaikei-{:020}", number);
    const bool is_inside = std::any_of(parts.begin(), parts.end(), [&](const Part& part) {
      return part.content.Reveal().find(boundary) != std::string_view::npos ||
             part.head.find(boundary) != std::string::npos;
    });
    if (!is_inside) return boundary;
  }
}

}  // namespace

Multipart ReadMultipart(const Node& array, ErrorList& errors) {
  std::vector<Part> parts;
  std::size_t size = 0;
  bool is_secret = false;
  if (array.children.empty()) errors.Add(array.position, "multipart has no part");
  for (const Node& child : array.children) {
    if (!Expect(child, NodeKind::kTable, errors)) continue;
    parts.push_back(ReadPart(child, errors));
    size += parts.back().head.size() + parts.back().content.Reveal().size();
    is_secret = is_secret || parts.back().content.is_secret();
  }
  if (size > kBodyLimit) {
    errors.Add(array.position, "multipart is larger than 64 MiB");
    return {};
  }
  const std::string boundary = Boundary(parts);
  std::string body;
  body.reserve(size + (parts.size() + 1) * (boundary.size() + 10));
  for (const Part& part : parts) {
    body += "--" + boundary + "\r\n" + part.head + "\r\n";
    body += part.content.Reveal();
    body += "\r\n";
  }
  body += "--" + boundary + "--\r\n";
  return {Secret(std::move(body), is_secret), "multipart/form-data; boundary=" + boundary};
}

}  // namespace gaikei
