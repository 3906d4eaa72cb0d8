#pragma once

#include <optional>
#include <string>

#include "models/units.h"

namespace plimsoll {

/// What people and devices send and receive.
enum class Medium { text, image, audio, video };

/// The part that a network beside the language model plays.
enum class EncoderRole { encoder, codec, talker, vocoder };

/// A network that turns a medium into tokens for a language model, or its tokens into a medium.
/// What its authors do not say is absent.
struct Encoder {
    std::string name;
    EncoderRole role = EncoderRole::encoder;
    Medium medium = Medium::image;
    std::optional<int> layers;
    std::optional<int> hidden;
    std::optional<int> heads;
    std::optional<int> ffn_width;
    /// Three matrices rather than two.
    bool gated = false;
    std::optional<double> parameters;
    /// Side of a patch in pixels, and how many patches a side are merged into one token.
    std::optional<int> patch_px;
    std::optional<int> merge;
    /// Frames of video behind one token.
    std::optional<int> frames_per_token;
    /// Tokens of an image or of a frame where their number does not depend on its size.
    std::optional<Tokens> tokens_per_item;
    std::optional<TokensPerSecond> tokens_per_second;
    /// Positions that the encoder itself computes; its tokens may be fewer.
    std::optional<TokensPerSecond> positions_per_second;
};

/// How many tokens a model reads or writes for a medium. Parts that do not apply are absent.
struct TokenRate {
    /// Of running speech, sound or video.
    std::optional<TokensPerSecond> per_second;
    /// Of one image, frame or message, whatever its size.
    std::optional<Tokens> per_item;
    /// More for each square tile of `tile_px` pixels a side.
    std::optional<Tokens> per_tile;
    std::optional<int> tile_px;
    /// An image is first made to fit: longest and shortest side, pixels.
    std::optional<int> longest_px;
    std::optional<int> shortest_px;
    /// One token for each square of so many pixels a side.
    std::optional<int> token_px;
    std::optional<int> frames_per_token;
    std::optional<double> per_word;
    std::optional<double> per_character;
};

/// What one form of a medium weighs on a link. Parts that do not apply are absent.
struct Payload {
    std::optional<BytesPerSecond> rate;
    /// Of one image, frame or text.
    std::optional<Bytes> item;
    /// Of one token.
    std::optional<Bytes> token;
};

/// A form of a medium, with what it costs in tokens and on the wire.
struct Modality {
    std::string name;
    Medium medium = Medium::text;
    TokenRate tokens;
    Payload payload;
};

}  // namespace plimsoll
