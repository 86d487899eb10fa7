import MediaBase
