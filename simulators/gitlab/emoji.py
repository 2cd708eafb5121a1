"""The emoji that a note can be awarded; GitLab knows many more."""

EMOJI = {
    "thumbsup": "👍",
    "thumbsdown": "👎",
    "eyes": "👀",
    "rocket": "🚀",
    "heart": "❤️",
    "tada": "🎉",
    "smile": "😄",
    "confused": "😕",
    "white_check_mark": "✅",
    "x": "❌",
    "warning": "⚠️",
    "hourglass": "⌛",
    "robot": "🤖",
}
