"""What runs the jobs of the job table: in this process, or on workers fed through Redis."""
