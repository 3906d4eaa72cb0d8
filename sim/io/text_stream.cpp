#include "sim/io/text_stream.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <zlib.h>

#include "models/contract.h"

namespace plimsoll {
namespace {

constexpr std::size_t kBufferBytes = 1U << 18U;
constexpr std::size_t kLongestLine = 1U << 26U;

std::string system_message(int error) { return std::generic_category().message(error); }

}  // namespace

struct TextReader::Handle {
    gzFile file = nullptr;

    Handle() = default;
    ~Handle() {
        if (file != nullptr) gzclose_r(file);
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
};

TextReader::TextReader(std::string path)
    : path_(std::move(path)), handle_(std::make_unique<Handle>()), buffer_(kBufferBytes) {
    const int descriptor = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) throw FileError(path_, system_message(errno));
    struct stat status {};
    if (fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
        close(descriptor);
        throw FileError(path_, system_message(EISDIR));
    }
    handle_->file = gzdopen(descriptor, "rb");
    if (handle_->file == nullptr) {
        close(descriptor);
        throw FileError(path_, "out of memory");
    }
    gzbuffer(handle_->file, static_cast<unsigned>(kBufferBytes));
}

TextReader::~TextReader() = default;

void TextReader::fill() {
    if (begin_ > 0) {
        std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
                  buffer_.begin() + static_cast<std::ptrdiff_t>(end_),
                  buffer_.begin());
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == buffer_.size()) {
        if (buffer_.size() >= kLongestLine) throw FileError(path_, "a line is longer than 64 MiB");
        buffer_.resize(2 * buffer_.size());
    }
    const int got =
        gzread(handle_->file, buffer_.data() + end_, static_cast<unsigned>(buffer_.size() - end_));
    // A stream cut inside its last block gives its bytes first and the error only at the end.
    int error = Z_OK;
    const char* const message = gzerror(handle_->file, &error);
    if (got < 0 || (error != Z_OK && error != Z_STREAM_END)) {
        if (error == Z_BUF_ERROR) throw FileError(path_, "compressed stream ends early");
        if (error == Z_ERRNO) throw FileError(path_, system_message(errno));
        throw FileError(path_, std::string("damaged compressed stream: ") + message);
    }
    end_ += static_cast<std::size_t>(got);
    at_end_ = got == 0;
}

bool TextReader::next(std::string_view& line) {
    std::size_t searched = begin_;
    for (;;) {
        const auto from = buffer_.begin() + static_cast<std::ptrdiff_t>(searched);
        const auto until = buffer_.begin() + static_cast<std::ptrdiff_t>(end_);
        const auto found = std::find(from, until, '\n');
        if (found != until) {
            const auto stop = static_cast<std::size_t>(found - buffer_.begin());
            line = {buffer_.data() + begin_, stop - begin_};
            begin_ = stop + 1;
            break;
        }
        if (at_end_) {
            if (begin_ == end_) return false;
            line = {buffer_.data() + begin_, end_ - begin_};
            begin_ = end_;
            break;
        }
        const std::size_t known = end_ - begin_;
        fill();
        searched = begin_ + known;
    }
    ++line_;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return true;
}

struct TextWriter::Handle {
    int descriptor = -1;
    bool compress = false;
    z_stream stream{};

    Handle() = default;
    ~Handle() {
        if (compress) deflateEnd(&stream);
        if (descriptor >= 0) close(descriptor);
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
};

TextWriter::TextWriter(std::string path)
    : path_(std::move(path)),
      temporary_(path_ + "." + std::to_string(getpid()) + ".tmp"),
      handle_(std::make_unique<Handle>()) {
    handle_->descriptor = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (handle_->descriptor < 0) throw FileError(path_, system_message(errno));
    if (path_.ends_with(".gz")) {
        // 15 window bits plus 16: a gzip frame; zlib leaves date and name out of it.
        const int error =
            deflateInit2(&handle_->stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
        if (error != Z_OK) {
            unlink(temporary_.c_str());
            throw FileError(path_, "cannot start compression");
        }
        handle_->compress = true;
    }
}

TextWriter::~TextWriter() {
    if (handle_->descriptor >= 0) unlink(temporary_.c_str());
}

void TextWriter::put(const char* data, std::size_t size) {
    while (size > 0) {
        const ssize_t done = ::write(handle_->descriptor, data, size);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) throw FileError(path_, system_message(errno));
        data += done;
        size -= static_cast<std::size_t>(done);
    }
}

void TextWriter::flush(bool last) {
    if (!handle_->compress) {
        put(pending_.data(), pending_.size());
        pending_.clear();
        return;
    }
    std::array<unsigned char, 1U << 16U> out{};
    z_stream& stream = handle_->stream;
    stream.next_in = reinterpret_cast<Bytef*>(pending_.data());
    stream.avail_in = static_cast<unsigned>(pending_.size());
    do {
        stream.next_out = out.data();
        stream.avail_out = static_cast<unsigned>(out.size());
        const int error = deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH);
        PLIMSOLL_ENSURES(error != Z_STREAM_ERROR);
        put(reinterpret_cast<const char*>(out.data()), out.size() - stream.avail_out);
    } while (stream.avail_out == 0);
    pending_.clear();
}

void TextWriter::write(std::string_view text) {
    pending_ += text;
    if (pending_.size() >= kBufferBytes) flush(false);
}

void TextWriter::commit() {
    PLIMSOLL_EXPECTS(handle_->descriptor >= 0);
    flush(true);
    const int closed = close(handle_->descriptor);
    handle_->descriptor = -1;
    if (closed != 0 || std::rename(temporary_.c_str(), path_.c_str()) != 0) {
        const int error = errno;
        unlink(temporary_.c_str());
        throw FileError(path_, system_message(error));
    }
}

}  // namespace plimsoll
