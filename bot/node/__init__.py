"""The testing node: runs a test command somewhere and brings back its log and its reports."""
